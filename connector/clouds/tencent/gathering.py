"""What many calls of one line make together: one outcome for the shard, and facts about what was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connector.clouds.tencent.asking import Ask, Row
from connector.clouds.tencent.products import Product
from connector.clouds.tencent.reading import ended_for
from connector.outcome import Complete, Fact, Item, Meaning, Outcome, Partial, Place, Skipped, Why, why

NONE_THERE = (Meaning.ABSENT, Meaning.NOT_ENABLED, Meaning.REGION)
"""Refusals that say something: there is no such thing. They are answers, and no failures."""


@dataclass(frozen=True, slots=True)
class Told:
    """One call, and how it ended."""

    ask: Ask
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a shard's calls showed together."""

    outcome: Outcome
    facts: tuple[Fact, ...] = ()
    rows: tuple[Row, ...] = ()
    """What there is to ask further lines about."""


def gather(product: Product, region: str, told: Sequence[Told], unseen: Why | None = None) -> Gathered:
    """Put the calls of a shard together.

    ``unseen`` says why not all was known that should have been asked about: then nothing is complete.
    """
    rows = tuple(row for one in told for row in rows_of(product, region, one))
    if not product.each:
        return Gathered(told[0].outcome, (), rows)
    facts = tuple(fact for one in told for fact in facts_of(product, one))
    return Gathered(outcome_of(product, told, unseen), facts, rows)


def rows_of(product: Product, region: str, told: Told) -> Iterator[Row]:
    """What one call showed, as the rows that further lines ask about."""
    parent = told.ask.of[0] if len(told.ask.of) == 1 else None
    for item in items_of(told.outcome):
        yield Row(place=Place(product.kind, region, item.key), parent=parent, raw=item.raw)


def items_of(outcome: Outcome) -> tuple[Item, ...]:
    """What an outcome shows."""
    return outcome.items if isinstance(outcome, Complete | Partial) else ()


def outcome_of(product: Product, told: Sequence[Told], unseen: Why | None) -> Outcome:
    """The shard's outcome: Complete only if every call was, and nothing was left unasked."""
    flaws = [flaw for one in told if (flaw := flaw_of(one)) is not None]
    shown = {item.key: item for one in told for item in items_of(one.outcome)}
    items = () if product.facts else tuple(shown.values())
    if not told and unseen is not None:
        return ended_for(unseen)
    if unseen is None and not flaws:
        skipped = [one.outcome for one in told if isinstance(one.outcome, Skipped)]
        if skipped and len(skipped) == len(told):
            return skipped[0]
        return Complete(items, total_of(product, told, items), spared_by(told))
    reason = unseen or flaws[0]
    if items or len(flaws) < len(told):
        return Partial(items, reason)
    return ended_for(reason)


def flaw_of(told: Told) -> Why | None:
    """Why one call leaves something unknown, naming what it asked about."""
    reason = why(told.outcome)
    if reason is None or says_none(told) or is_gone(told):
        return None
    return replace(reason, message=f"{told.ask.subject}: {reason.message}")


def says_none(told: Told) -> bool:
    """Whether one call was refused in a way that says that there is no such thing."""
    return is_refused(told, NONE_THERE)


def is_gone(told: Told) -> bool:
    """Whether what was asked about had been deleted since it was listed."""
    return is_refused(told, (Meaning.GONE,))


def is_refused(told: Told, meanings: Sequence[Meaning]) -> bool:
    """Whether a call about certain things was refused for one of these reasons, before it showed anything.

    A list that broke off says nothing of its rest, whatever the reason; nor does a call say anything of
    values that were only asked for through some other thing.
    """
    reason = why(told.outcome)
    is_whole = bool(told.ask.of) and not isinstance(told.outcome, Partial)
    return reason is not None and is_whole and reason.meaning in meanings


def spared_by(told: Sequence[Told]) -> frozenset[Place]:
    """What nothing was shown of that could have been swept: its call was answered by a refusal."""
    return frozenset(place for one in told if is_gone(one) or says_none(one) for place in one.ask.of)


def total_of(product: Product, told: Sequence[Told], items: Sequence[Item]) -> int | None:
    """How many there are by the cloud's word; None where one of the calls states no number."""
    totals = [one.outcome.total for one in told if isinstance(one.outcome, Complete)]
    return None if None in totals and not product.facts else len(items)


# --- Facts ------------------------------------------------------------------------------------------------


def facts_of(product: Product, told: Told) -> Iterator[Fact]:
    """What one call says of each thing that it asked about."""
    reason = why(told.outcome)
    for place in told.ask.of:
        if reason is None:
            yield known_fact(product, told, place)
        else:
            yield Fact(
                of=place,
                known="ABSENT" if says_none(told) else "UNKNOWN",
                code=reason.code or reason.meaning.value,
                message=reason.message,
                request_id=reason.request_id,
            )


def asked_in(outcome: Outcome) -> str:
    """The call that showed nothing."""
    return outcome.request_id if isinstance(outcome, Complete) else ""


def known_fact(product: Product, told: Told, place: Place) -> Fact:
    """What a whole answer says of one thing: a value, or that there is none."""
    items = items_of(told.outcome)
    if len(told.ask.of) > 1 or any(each.batch for each in product.each):
        items = tuple(item for item in items if item.key == place.key)
    request_id = items[0].request_id if items else asked_in(told.outcome)
    if not product.facts:
        return Fact(of=place, known="VALUE", request_id=request_id)
    single = product.single or any(each.batch for each in product.each)
    if single and not items:
        return Fact(of=place, known="ABSENT", message="the answer names none", request_id=request_id)
    value: Any = items[0].raw if single else [item.raw for item in items]
    links = tuple(dict.fromkeys(link for item in items for link in item.links))
    return Fact(of=place, known="VALUE", value=value, request_id=request_id, links=links)
