"""Stories told to the emulator and the connector: strategies, oracles, machines, properties."""
