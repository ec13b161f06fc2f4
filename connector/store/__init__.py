"""What the connector knows, kept in SQLite or Postgres."""
