"""What the command line shows: tables and progress for people, one JSON document for programs."""
