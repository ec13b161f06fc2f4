"""Ratios measured in one run: ours against bare aiohttp, ours against peers."""
