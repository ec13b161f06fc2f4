"""What accounts of MySQL and its kin are like: where they come from, and what may be granted to them."""

from __future__ import annotations

import re

_HOST = re.compile(r"%|(?:[0-9]{1,3}\.){1,3}%|(?:[0-9]{1,3}\.){3}[0-9]{1,3}")

# Documented, alike for MySQL and TDSQL: what may be granted where.
COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
TABLE = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER"),
    *("CREATE VIEW", "SHOW VIEW", "TRIGGER"),
)
DATABASE = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER"),
    *("CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE"),
    *("ALTER ROUTINE", "EVENT", "TRIGGER"),
)


def is_host(text: str) -> bool:
    """Whether an account may come from there: any host, an address, or the beginning of one (``10.0.%``)."""
    # Documented for TDSQL, by these examples. Documented for MySQL: an address or %; estates have beginnings.
    return bool(_HOST.fullmatch(text)) and all(int(number) <= 255 for number in re.findall(r"\d+", text))
