"""The command line, ``tcconnector``."""
