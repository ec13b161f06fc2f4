"""One promise a test."""
