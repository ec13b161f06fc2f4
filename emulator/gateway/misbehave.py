"""What a plan does to one request, at arrival and at departure."""

from __future__ import annotations
