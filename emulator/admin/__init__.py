"""The emulator's own door: what a test may see and change, over HTTP, in Python and in a shell."""
