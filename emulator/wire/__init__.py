"""How requests and answers are written and signed."""
