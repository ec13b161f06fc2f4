import pytest

from emulator.policy.wildcard import wildcard


@pytest.mark.parametrize(
    ("pattern", "text", "covered"),
    [
        ("Describe*", "DescribeInstances", True),
        ("Describe*", "Describe", True),
        ("Describe*", "describeInstances", False),
        ("*Bucket*", "GetBucketPolicy", True),
        ("*Bucket*", "GetObject", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*ab*ab", "xxab", False),
        ("", "", True),
        ("", "a", False),
        ("instance/ins-1", "instance/ins-12", False),
    ],
)
def test_a_star_is_any_text_and_everything_else_is_itself(pattern, text, covered):
    assert wildcard(pattern).covers(text) is covered


@pytest.mark.parametrize(
    ("pattern", "covered"), [("instance/*", True), ("*", True), ("inst*", True), ("instance/ins-*", False)]
)
def test_a_list_is_covered_only_by_a_pattern_for_all_of_it(pattern, covered):
    assert wildcard(pattern).covers("instance/*") is covered


def test_many_stars_are_matched_in_no_time_to_speak_of():
    assert not wildcard("*a" * 1000 + "b").covers("a" * 5000)
