"""Planned misbehaviour: denials for the policy engine, faults for the two seams."""
