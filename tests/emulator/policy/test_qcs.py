import pytest

from emulator.policy.qcs import ask, bind, fill, find_flaw, respell, split

INSTANCES = "qcs::cvm:gz:uin/100000000001:instance/*"
ONE = "qcs:id/0:cvm:ap-guangzhou:uin/100000000001:instance/ins-1"


def covers(pattern, asked, variables=None):
    return bind(pattern, variables or {}).covers(ask(asked))


def differing(pattern, asked):
    return {each.segment: each for each in bind(pattern, {}).differences(ask(asked))}


def test_six_segments_are_cut_at_the_first_five_colons():
    assert split("qcs::cos:gz:uid/1:bucket/a:b").resource == "bucket/a:b"


@pytest.mark.parametrize("text", ["", "*", "qcs::cvm", "acs:ecs:a:b:c:d", "qcs::cam:100000000001:uin/2"])
def test_anything_else_is_no_six_segments(text):
    assert split(text) is None


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("gz", "ap-guangzhou"),
        ("sh", "ap-shanghai"),
        ("bj", "ap-beijing"),
        ("ca", "na-toronto"),
        ("sg", "ap-singapore"),
        ("hk", "ap-hongkong"),
        ("cd", "ap-chengdu"),
        ("de", "eu-frankfurt"),
    ],
)
def test_documented_short_regions_mean_the_long_ones_either_way_round(short, long):
    assert respell(short) == long
    assert covers(f"qcs::cvm:{short}::*", f"qcs::cvm:{long}:uin/1:instance/*")
    assert covers(f"qcs::cvm:{long}::*", f"qcs::cvm:{short}:uin/1:instance/*")


def test_a_wildcard_in_the_region_is_held_against_both_spellings():
    assert covers("qcs::cvm:ap-*::*", INSTANCES)
    assert covers("qcs::cvm:g*::*", "qcs::cvm:ap-guangzhou::instance/*")


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "qcs:::::*",
        "qcs::cvm:gz::*",
        "qcs::cvm:::instance/*",
        "qcs::cvm::uin/*:*",
        "qcs::c*:*:*:*",
        "qcs::cvm:ap-guangzhou:uin/100000000001:instance/*",
    ],
)
def test_empty_segments_and_wildcards_cover_a_list(pattern):
    assert covers(pattern, INSTANCES)


@pytest.mark.parametrize(
    ("pattern", "segment"),
    [
        ("qcs::vpc:gz::*", "service"),
        ("qcs::cvm:sh::*", "region"),
        ("qcs::cvm:gz:uin/100000000002:*", "account"),
        ("qcs::cvm:gz:uid/100000000001:*", "account"),
        ("qcs::cvm:gz::instance/ins-*", "resource"),
        ("qcs::cvm:gz::vpc/*", "resource"),
    ],
)
def test_a_difference_names_its_segment(pattern, segment):
    assert not covers(pattern, INSTANCES)
    assert set(differing(pattern, INSTANCES)) == {segment}


def test_a_difference_of_regions_says_what_short_names_mean():
    assert differing("qcs::cvm:sh::*", INSTANCES)["region"].note == "sh is ap-shanghai, gz is ap-guangzhou"


def test_a_printed_project_does_not_matter():
    assert covers("qcs::cvm:gz::instance/ins-1", ONE)


def test_a_segment_the_resource_lacks_is_not_covered_by_a_value():
    role = "qcs::cam:::role/4611686018427397919"
    assert covers("qcs::cam:::role/*", role)
    assert not covers("qcs::cam::uin/1:role/*", role)
    assert not covers("qcs::cam:gz::role/*", role)


def test_a_call_without_resource_is_covered_by_a_star_alone():
    assert covers("*", "*")
    assert not covers("qcs:::::*", "*")
    assert differing("qcs:::::*", "*")["resource"].note == "the call passes no resource"


def test_variables_are_replaced_by_what_the_caller_is():
    pattern = "qcs::cmqqueue::uin/${owner_uin}:queueName/uin/${uin}/*"
    caller = {"uin": "2", "owner_uin": "1"}
    assert covers(pattern, "qcs::cmqqueue:gz:uin/1:queueName/uin/2/q", caller)
    assert not covers(pattern, "qcs::cmqqueue:gz:uin/1:queueName/uin/3/q", caller)


def test_a_placeholder_nobody_replaced_never_matches_and_says_so():
    pattern = "qcs::cls:${CLS_Region_ID}:uin/${Root_Account_ID}:*"
    asked = "qcs::cls:gz:uin/1:topic/x"
    assert not covers(pattern, asked)
    assert set(differing(pattern, asked)) == {"region", "account"}
    assert differing(pattern, asked)["region"].note == "${CLS_Region_ID} was never replaced by a real value"


def test_a_placeholder_is_not_a_name_that_a_resource_may_have():
    assert not covers("qcs::cls:gz::topic/${x}", "qcs::cls:gz:uin/1:topic/${x}")


def test_what_a_variable_holds_is_not_read_again():
    assert fill("${uin}", {"uin": "${owner_uin}", "owner_uin": "1"}) == "${owner_uin}"


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "qcs::cvm:gz::*",
        "qcs:::::*",
        "qcs::cos:ap-beijing:uid/1250000000:bucket-1250000000/a b/*",
        "qcs::cls:${CLS_Region_ID}:uin/${Root_Account_ID}:topic/${CLS_Topic_ID}",
        "qcs::cmqqueue::uin/1000001:queueName/uin/${uin}/*",
        "qcs::cam::uin/1:roleName/x",
    ],
)
def test_a_well_formed_pattern_has_no_flaw(pattern):
    assert find_flaw(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("", "ResourceError"),
        ("**", "ResourceError"),
        ("qcs::cvm:gz::", "ResourceError"),
        ("qcs:1:cvm:gz::*", "ResourceError"),
        ("qcs:id/0:cvm:gz::*", "ResourceError"),
        ("qcs::c/m:gz::*", "ResourceError"),
        ("qcs::cvm:g z::*", "ResourceRegionError"),
        ("qcs::cvm:gz:1:*", "ResourceUinError"),
        ("qcs::cvm:gz:uin/abc:*", "ResourceUinError"),
        ("qcs::cvm:gz:uin/:*", "ResourceUinError"),
        ("QCS::cvm:gz::*", "ResourceError"),
        ("qcs::cvm:gz::a\nb", "ResourceError"),
    ],
)
def test_a_malformed_pattern_is_refused_with_cams_own_code(pattern, code):
    assert find_flaw(pattern).code == code
