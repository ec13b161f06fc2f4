"""CAM's policy language and its decision: pure, without clock, store or wire."""
