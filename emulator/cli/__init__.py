"""What ``tcemu`` does: serve, look into the contract, and talk to a running server."""
