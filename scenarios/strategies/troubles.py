"""Draws what goes wrong in an account, so that a client can notice it."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import strategies as st

from emulator.faults.effects import EFFECTS
from scenarios.strategies.faults import Spec, denials, faults

LYING = ("wrong_region", "stale_page", "empty_page", "shifted_page", "miscounted_total")
"""What answers well-formed and false. A list and its total are told apart from the truth by each other, so
one of the two may lie; if both do, another region answers, or an old state, no client can know.

A total that follows rows which moved is no second lie: the first page, from which nothing moves, has stated
the true one.
"""
HONEST = tuple(effect for effect in EFFECTS if effect not in LYING)
LISTS = ("empty_page", "shifted_page")
"""The lies about the list."""


_AIMS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(("cvm:DescribeInstances", "cvm:Describe*", "cvm:DescribeRegions", "*")),
        "region": st.sampled_from(("*", "ap-*", "ap-guangzhou", "ap-shanghai")),
    }
)
_PRODUCTS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(
            (
                *("*", "*:Describe*", "*:List*", "cam:*", "cdb:*", "mariadb:*", "vpc:*", "region:*"),
                *("cam:ListUsers", "cam:GetPolicy", "cdb:DescribeDBInstances", "cdb:DescribeAccounts"),
                *("cbs:DescribeDisks", "tcr:DescribeRepositories", "clb:DescribeTargetHealth"),
                *("cvm:DescribeInstances", "cwp:*", "redis:DescribeInstances", "ssl:*", "es:*"),
            )
        ),
        "region": st.sampled_from(("*", "ap-guangzhou", "ap-shanghai")),
    }
)
_WALLS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(
            (
                *("*", "waf:*", "waf:Describe*", "waf:DescribeDomains", "waf:DescribeIpAccessControl"),
                *("waf:UpsertIpAccessControl", "waf:DeleteIpAccessControl", "cfw:*"),
                *("cfw:DescribeBorderACLList", "cfw:CreateAcRules"),
            )
        ),
    }
)
_HITS: st.SearchStrategy[Spec] = st.sampled_from(
    (
        {},
        {"params": "Offset"},  # from the second page on
        {"params": "!Offset"},
        {"params": "Offset && Offset > `2`"},  # from the third page on
        {"after": 1},
        {"times": 1},
        {"probability": 0.5, "seed": 1},
        {"sequence": ["pass", "hit"]},
    )
)


def _aimed(rule: Spec, aim: Spec, hits: Spec) -> Spec:
    """A rule that meets the connector's calls: what it does is drawn, whom it strikes is not left to luck."""
    if rule.get("effect") == "shifted_page" and aim["action"] == "cvm:DescribeRegions":
        aim = aim | {"action": "cvm:*"}  # regions come on one page: the rule would be refused
    return {name: value for name, value in rule.items() if name in _DOES} | aim | hits


_DOES = frozenset(option.name for kind in EFFECTS.values() for option in fields(kind.makes)) | {
    "effect",
    "seam",
}


def denial() -> st.SearchStrategy[Spec]:
    """One denial, half of the time such as meets the connector's calls."""
    return denials() | st.builds(_aimed, st.just({}), _AIMS, _HITS)


def fault(effects: tuple[str, ...] = (*HONEST, *LISTS)) -> st.SearchStrategy[Spec]:
    """One fault, half of the time such as meets the connector's calls; noticeable unless told otherwise."""
    drawn = faults(effects=effects)
    return drawn | st.builds(_aimed, drawn, _AIMS, _HITS)


def _document(effects: tuple[str, ...], max_size: int) -> st.SearchStrategy[Spec]:
    return st.fixed_dictionaries(
        {
            "denials": st.lists(denial(), max_size=max_size),
            "faults": st.lists(fault(effects), max_size=max_size),
        }
    )


def noticeable(max_size: int = 4) -> st.SearchStrategy[Spec]:
    """Denials and faults, as ``Plan.load`` takes them, that a client can tell from the truth."""
    lists = _document((*HONEST, *LISTS), max_size)
    return lists | _document((*HONEST, "miscounted_total"), max_size)


def any_at_all(max_size: int = 4) -> st.SearchStrategy[Spec]:
    """Denials and faults, lies among them."""
    return _document(tuple(EFFECTS), max_size)


def honest(max_size: int = 3) -> st.SearchStrategy[Spec]:
    """Denials and faults that strike the reads of cloud products, and never lie.

    A list that states no total cannot be told from an empty one, so nothing here makes one so.
    """
    return _striking(_PRODUCTS, max_size)


def at_the_walls(max_size: int = 3) -> st.SearchStrategy[Spec]:
    """Denials and faults that strike what keeps addresses out, and never lie."""
    return _striking(_WALLS, max_size)


def _striking(aims: st.SearchStrategy[Spec], max_size: int) -> st.SearchStrategy[Spec]:
    denial_of = st.builds(_aimed, st.just({}), aims, _HITS)
    fault_of = st.builds(_aimed, faults(effects=HONEST), aims, _HITS)
    return st.fixed_dictionaries(
        {
            "denials": st.lists(denial_of, max_size=max_size),
            "faults": st.lists(fault_of, max_size=max_size),
        }
    )
