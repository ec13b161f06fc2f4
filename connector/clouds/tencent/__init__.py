"""Tencent Cloud: what to read there, how, and what its answers mean."""
