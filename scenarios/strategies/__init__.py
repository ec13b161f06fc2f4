"""How worlds, policies, calls and faults are drawn."""
