"""The clouds we read, a package each."""
