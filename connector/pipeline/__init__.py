"""What the connector does, start to end: onboard, sync, check a key."""
