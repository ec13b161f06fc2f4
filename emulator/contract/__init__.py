"""The published contract of every product: what may be asked and what is promised."""
