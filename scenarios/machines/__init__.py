"""State machines; a rule is one call to a function."""
