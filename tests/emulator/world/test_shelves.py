import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from emulator.world.shelves import Fixed, Row, Shelf, member_values, standing
from emulator.world.views import Picked

KEYS = st.sampled_from("abcdef")
COLOURS = st.sampled_from(["red", "green", None])


def row(colour, *parts):
    size = {"Size": len(colour)} if colour else {}
    return Row({"Colour": colour, "Parts": [{"Name": part} for part in parts], **size})


class ShelfAgainstDict(RuleBasedStateMachine):
    """A shelf is an ordered dict, whatever views of it were made in between."""

    def __init__(self):
        super().__init__()
        self.shelf, self.model = Shelf(), {}

    @rule(key=KEYS, colour=COLOURS)
    def put(self, key, colour):
        made = row(colour, key)
        self.shelf.put(key, made)
        self.model[key] = made

    @rule(key=KEYS)
    def remove(self, key):
        assert self.shelf.remove(key) is self.model.pop(key, None)

    @rule()
    def clear(self):
        self.shelf.clear()
        self.model.clear()

    @rule()
    def look_at_values(self):
        assert list(self.shelf.values()) == list(self.model.values())

    @rule(colour=COLOURS)
    def look_up(self, colour):
        expected = [made for made in self.model.values() if made.value["Colour"] == colour and colour]
        assert list(self.shelf.index("Colour").get(colour, ())) == expected

    @rule()
    def go_on_with_a_copy(self):
        old, self.shelf = self.shelf, self.shelf.copy()
        old.put("left behind", row("black"))

    @invariant()
    def both_hold_the_same(self):
        assert len(self.shelf) == len(self.model)
        assert list(self.shelf) == list(self.model.values())
        assert all(self.shelf.get(key) is made for key, made in self.model.items())
        assert all(key in self.shelf for key in self.model)


TestShelfAgainstDict = ShelfAgainstDict.TestCase
TestShelfAgainstDict.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


def test_a_replaced_row_keeps_its_place():
    shelf = Shelf({"a": row("red"), "b": row("green")})
    shelf.values()
    shelf.put("a", row("blue"))
    assert [made.value["Colour"] for made in shelf.values()] == ["blue", "green"]


def test_a_page_that_was_taken_does_not_change():
    shelf = Shelf({"a": 1})
    page = shelf.values()[:10]
    shelf.put("b", 2)
    assert page == [1]


def test_an_index_counts_each_element_of_a_list():
    shelf = Shelf({"a": row("red", "x", "y"), "b": row("red", "y")})
    index = shelf.index("Parts.Name")
    assert {name: len(rows) for name, rows in index.items()} == {"x": 1, "y": 2}


def test_an_index_names_a_row_once_for_a_value_that_it_has_twice():
    assert len(Shelf({"a": row("red", "x", "x")}).index("Parts.Name")["x"]) == 1


def test_an_index_follows_the_shelf():
    shelf = Shelf({"a": row("red")})
    assert "green" not in shelf.index("Colour")
    shelf.put("b", row("green"))
    assert len(shelf.index("Colour")["green"]) == 1


def test_a_path_that_leads_nowhere_gives_nothing():
    assert member_values({"A": {"B": None}}, "A.B") == ()
    assert member_values({"A": 1}, "A.B") == ()
    assert member_values({}, "A") == ()


def test_a_path_that_ends_at_a_structure_gives_nothing():
    assert member_values({"A": {"B": 1}, "L": [{"B": 1}]}, "A") == ()
    assert member_values({"L": [{"B": 1}]}, "L") == ()


def test_a_path_walks_lists_on_its_way():
    value = {"L": [{"M": [{"N": 1}, {"N": 2}]}, {"M": [{"N": 2}]}, {"M": []}]}
    assert member_values(value, "L.M.N") == (1, 2)


def test_a_few_that_were_put_find_their_place_among_many_and_few_are_looked_at(monkeypatch):
    stock = Fixed({key: Row({"Size": key * 7 % 100}) for key in range(100)})
    shelf = Shelf(stock)
    expected = sorted(range(100), key=lambda key: key * 7 % 100, reverse=True)
    assert list(shelf.order("Size", descends=True)) == expected
    shelf.put("new", Row({"Size": 50}))
    shelf.put(3, Row({"Size": 1000}))
    shelf.remove(4)
    looked = []
    members = stock.members
    monkeypatch.setattr(Fixed, "members", lambda self, *given: looked.append(given) or members(*given))
    sizes = [row.value["Size"] for row in shelf.values().by("Size", descends=True)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 100
    assert len(looked) < 20


def test_a_list_of_objects_can_be_meant_whole():
    value = {"L": [{"A": 1, "B": "x"}, {"A": 2}], "O": {"L": [{"A": 1}]}, "E": []}
    assert member_values(value, "L[]") == (((("A", 1), ("B", "x")), (("A", 2),)),)
    assert member_values(value, "O.L[]") == (((("A", 1),),),)
    assert member_values(value, "E[]") == member_values(value, "N[]") == member_values(value, "N.L[]") == ()


def test_a_changed_row_is_a_new_one():
    old = row("red")
    new = old.having(Colour="green")
    assert (old.value["Colour"], new.value["Colour"]) == ("red", "green")


def test_a_changed_row_does_not_keep_the_old_encoding():
    old = row("red")
    old.encoded = b"red"
    assert old.having(Colour="green").encoded is None


def test_a_made_row_equals_one_that_was_written_down():
    made = Row.made(lambda number: {"Number": number}, 7)
    assert made == Row({"Number": 7})
    assert made.having(Number=8) == Row({"Number": 8})
    assert made != Row({"Number": 8})


def test_a_made_row_can_be_indexed():
    shelf = Shelf({n: Row.made(lambda number: {"Odd": number % 2 == 1}, n) for n in range(5)})
    assert len(shelf.index("Odd")[True]) == 2


class ShelfOverStock(RuleBasedStateMachine):
    """A shelf that shares its stock finds what a plain dict holds, through writes, copies and resumption."""

    def __init__(self):
        super().__init__()
        self.model = {number: row("red" if number % 3 else "green", str(number % 2)) for number in range(8)}
        self.stock = Fixed(self.model)
        self.shelf = Shelf(self.stock)
        self.touched = set()
        self.shelf.changed = {}

    @rule(key=st.integers(0, 10), colour=COLOURS)
    def put(self, key, colour):
        made = row(colour, str(key))
        self.shelf.put(key, made)
        self.model[key] = made

    @rule(key=st.integers(0, 10))
    def remove(self, key):
        assert self.shelf.remove(key) is self.model.pop(key, None)

    @rule()
    def go_on_with_a_copy(self):
        old, self.shelf = self.shelf, self.shelf.copy()
        self.touched.update(old.changed)
        self.shelf.changed = {}
        old.put("left behind", row("black"))

    @rule()
    def go_on_with_what_was_noted(self):
        self.touched.update(self.shelf.changed)
        changes = [change for key in self.touched if (change := self.shelf.change(key)) is not None]
        self.shelf = Shelf(self.stock)
        self.shelf.resume(sorted(changes, key=lambda change: -1 if change[1] is None else change[1]))
        self.shelf.changed = {}

    @rule(colour=COLOURS)
    def find(self, colour):
        expected = [made for made in self.model.values() if colour and made.value["Colour"] == colour]
        assert [self.shelf.at(number) for number in self.shelf.find("Colour", colour)] == expected
        every = self.shelf.find_all("Colour", lambda text: text == colour)
        assert [self.shelf.at(number) for number in sorted(n for each in every for n in each)] == expected
        assert list(self.shelf.index("Colour").get(colour, ())) == expected

    @rule(
        parts=st.lists(st.sampled_from(["r", "ree", "3", ""]), max_size=2),
        path=st.sampled_from(["Colour", "Size"]),
    )
    def find_parts(self, parts, path):
        expected = [
            made
            for made in self.model.values()
            if any(part in str(text) for part in parts for text in member_values(made.value, path))
        ]
        found = self.shelf.find_parts(path, parts)
        assert [self.shelf.at(number) for number in sorted({n for each in found for n in each})] == expected

    @rule()
    def list_what_is_known(self):
        names = {part["Name"] for made in self.model.values() for part in made.value["Parts"]}
        assert sorted(self.shelf.index("Parts.Name")) == sorted(names)

    @rule(
        path=st.sampled_from(["Colour", "Parts.Name", "Size"]),
        descends=st.booleans(),
        picked=st.none() | st.sets(st.integers(0, 10)),
    )
    def order(self, path, descends, picked):
        kept = [key for key in self.model if picked is None or key in picked]
        expected = sorted(
            (self.model[key] for key in kept),
            key=lambda made: standing(member_values(made.value, path)),
            reverse=descends,
        )
        rows = self.shelf.values()
        if picked is not None:
            # In any order: it counts for nothing.
            rows = Picked(self.shelf, [self.shelf.number(key) for key in reversed(kept)])
        assert list(rows.by(path, descends=descends)) == expected

    @rule(path=st.sampled_from(["Colour", "Parts[]"]))
    def group(self, path):
        expected = {}
        for made in self.model.values():
            for value in member_values(made.value, path):
                expected.setdefault(value, []).append(made)
        found = dict(self.shelf.groups(path))
        assert {value: [self.shelf.at(n) for n in numbers] for value, numbers in found.items()} == expected

    @rule(start=st.integers(-12, 12), stop=st.integers(-12, 12), step=st.sampled_from([1, 2, -1]))
    def page(self, start, stop, step):
        assert self.shelf.values()[start:stop:step] == list(self.model.values())[start:stop:step]

    @invariant()
    def both_hold_the_same(self):
        assert list(self.shelf.items().items()) == list(self.model.items())
        assert [self.shelf.at(number) for number in self.shelf.numbers()] == list(self.model.values())
        assert [self.shelf.key(number) for number in self.shelf.numbers()] == list(self.model)
        parts = [self.shelf.parts(number, ["Colour"]) for number in self.shelf.numbers()]
        assert parts == [made.value for made in self.model.values()]
        assert len(self.shelf) == len(self.model)
        assert all((key in self.shelf) == (key in self.model) for key in range(11))

    @invariant()
    def the_stock_is_as_it_was(self):
        assert [self.stock.key(place) for place in range(len(self.stock))] == list(range(8))


TestShelfOverStock = ShelfOverStock.TestCase
TestShelfOverStock.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_what_a_shelf_did_not_begin_with_cannot_have_been_replaced():
    with pytest.raises(KeyError):
        Shelf({"a": 1}).resume([("b", None, 2)])


def test_a_position_beyond_the_end_is_refused():
    with pytest.raises(IndexError):
        Shelf({"a": 1}).values()[1]


def test_a_copy_shares_what_did_not_change():
    shelf = Shelf({number: row("red") for number in range(100)})
    shelf.put(5, row("green"))
    twin = shelf.copy()
    assert twin._stock is shelf._stock
    assert len(twin._own) == 1
