"""The CAM policy engine: pure, without clock, store or HTTP."""
