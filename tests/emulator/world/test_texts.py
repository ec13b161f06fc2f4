from hypothesis import given
from hypothesis import strategies as st

from emulator.world.texts import Texts

LETTERS = st.text(st.sampled_from("ab\0"), max_size=5)


@given(st.lists(LETTERS, unique=True), st.lists(LETTERS, max_size=3))
def test_what_holds_a_part_is_what_a_look_at_each_text_finds(texts, parts):
    found = list(Texts(texts).holding(parts))
    assert len(found) == len(set(found))
    assert set(found) == {text for text in texts if any(part in text for part in parts)}
