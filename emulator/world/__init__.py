"""Everything true in the emulated cloud."""
