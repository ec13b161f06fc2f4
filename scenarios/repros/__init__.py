"""Every shrunk failure, kept for ever."""
