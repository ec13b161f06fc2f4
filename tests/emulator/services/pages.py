"""Walks the pages of a list, for the tests of the products."""


def walk(call, limit, *, offset="Offset", first=0, step=None, size="Limit"):
    """Every row of a list: ``call(**page)`` gives (rows, total) until a page is not full."""
    at, found = first, []
    while True:
        rows, total = call(**{offset: at, size: limit})
        found += rows
        if len(rows) < limit:
            assert len(found) == total
            return found
        at += limit if step is None else step
