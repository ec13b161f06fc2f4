import pytest

from emulator.world.shelves import Gone, Row, Shelf
from emulator.world.state import codec
from scenarios import profiles

pytest_plugins = ["pytester"]
profiles.load()


def same(kept, value):
    """Whether what comes out of a state file is what went in, to the types within."""
    if isinstance(value, Row):
        return isinstance(kept, Row) and same(kept.value, value.value)
    if isinstance(value, dict):
        return isinstance(kept, dict) and [*kept] == [*value] and all(same(kept[k], value[k]) for k in value)
    if isinstance(value, list):
        return isinstance(kept, list) and len(kept) == len(value) and all(map(same, kept, value))
    return type(kept) is type(value) and kept == value


@pytest.fixture(scope="session", autouse=True)
def _whatever_is_put_on_a_shelf_can_be_kept():
    """Every test that lets a service write shows that a state file can hold what it wrote."""
    put = Shelf.put

    def checked(shelf, key, value):
        change = (key, None, value)
        kept = codec.decode(codec.encode(change))
        assert (type(kept[0]), kept[0]) == (type(key), key), f"the key would come back as {kept[0]!r}"
        assert value is Gone.GONE or same(kept[2], value), f"{value!r} would come back as {kept[2]!r}"
        put(shelf, key, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "put", checked)
        yield
