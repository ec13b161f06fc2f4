"""Dumb twins of clever code."""
