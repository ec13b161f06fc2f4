"""Keep addresses out at the user's word, and let them in again: look, act, look.

What stands at the cloud is only ever changed where it bears our mark, and nothing is believed but what it
shows afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from connector.clouds.tencent import walls
from connector.clouds.tencent.session import Session
from connector.clouds.tencent.walls import BORDER, Rule, Spot, Wish
from connector.config import networks
from connector.errors import BadInput, NotFound, Refused
from connector.model import Account, Network, Trouble
from connector.outcome import Meaning, Why
from connector.pipeline.advice import advise
from connector.pipeline.means import Means, session_of
from connector.pipeline.order import Order, check_feature, check_order
from connector.store import accounts, blocks
from connector.store.blocks import Block

Word = Literal[
    "blocked", "already blocked", "would block", "let in", "not there", "would let in", "refused", "unknown"
]
GOOD: tuple[Word, ...] = ("blocked", "already blocked", "would block", "let in", "not there", "would let in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of one address at one place."""

    address: str
    wall: blocks.Wall
    place: str
    word: Word
    detail: str = ""
    block: str = ""
    """The block's id, by which it is taken back."""
    trouble: Trouble | None = None

    @property
    def ok(self) -> bool:
        """Whether it is as it was asked for."""
        return self.word in GOOD


# --- Blocking ---------------------------------------------------------------------------------------------


def spots_of(order: Order, session: Session, now_ms: int) -> list[Spot]:
    """The places of an order, as the cloud knows them."""
    spots = [BORDER] if order.border else []
    if not (order.domains or order.everywhere):
        return spots
    known = walls.domains(session)
    if isinstance(known, Why):
        raise Refused("domains", [advise(known, now_seconds=now_ms / 1000)])
    if order.everywhere:
        return [walls.every_domain(known), *spots]
    unknown = [name for name in order.domains if name not in known]
    if unknown:
        told = ", ".join(known) or "none"
        raise BadInput.at("domains", f"not guarded: {', '.join(unknown)}; guarded: {told}")
    return [*(known[name] for name in dict.fromkeys(order.domains)), *spots]


def block(means: Means, account_name: str, order: Order) -> list[Ending]:
    """Keep addresses out: each at each place ends for itself.

    Raises:
        BadInput: something of the order is wrong, and nothing was done.
        Refused: the places could not be listed, and nothing was done.
    """
    account = accounts.find_account(means.database, account_name)
    check_feature(account)
    wanted = check_order(order, means.never_block)
    session = session_of(means, account)
    spots = spots_of(order, session, means.clock.now_ms())
    work = Work(means, account, session)
    return [ending for spot in spots for ending in work.block_at(spot, wanted, order)]


def unblock(means: Means, account_name: str, names: Sequence[str], *, dry_run: bool = False) -> list[Ending]:
    """Let addresses in again, named by a block's id or by the address itself, wherever we keep them out.

    Raises:
        NotFound: no block of the account is called so.
    """
    account = accounts.find_account(means.database, account_name)
    work = Work(means, account, session_of(means, account))
    return [work.unblock(one, dry_run=dry_run) for one in named(means, account, names)]


def named(means: Means, account: Account, names: Sequence[str]) -> list[Block]:
    """The blocks that are meant; of an address, those that are open."""
    every = blocks.list_blocks(means.database, account=account.name)
    found: dict[str, Block] = {}
    for name in names:
        mine = [one for one in every if one.id == name]
        mine = mine or [one for one in every if one.address == name and one.state in blocks.OPEN]
        if not mine:
            raise NotFound(
                f"no block of {account.name!r} is open that is called {name!r}: see tcconnector blocks"
            )
        found |= {one.id: one for one in mine}
    return [*found.values()]


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen to block an address at a place: of ours, and of others'."""

    ours: tuple[Rule, ...]
    others: tuple[Rule, ...]


class Work:
    """Blocks of one account under way."""

    def __init__(self, means: Means, account: Account, session: Session) -> None:
        self._means = means
        self._account = account
        self._session = session

    def look(self, spot: Spot, network: Network) -> Look | Why:
        """See what blocks an address, or say why it cannot be seen."""
        rules = walls.blocking(spot, self._session, network)
        if isinstance(rules, Why):
            return rules
        every = blocks.list_blocks(self._means.database, account=self._account.name)
        marks = {one.mark for one in every}
        return Look(
            ours=tuple(rule for rule in rules if rule.note in marks),
            others=tuple(rule for rule in rules if rule.note not in marks),
        )

    def block_at(self, spot: Spot, wanted: Sequence[Network], order: Order) -> Iterator[Ending]:
        """Keep addresses out at one place."""
        now_ms = self._means.clock.now_ms()
        until_ms = None if spot.wall == "cfw" else (now_ms // 1000 + order.lasting_seconds) * 1000
        letting = walls.letting_pass(spot, self._session)
        if isinstance(letting, Why):
            yield from (self._unseen(spot, network, letting) for network in wanted)
            return
        letting = [rule for rule in letting if not rule.is_over(now_ms)]
        left: list[Network] = []
        for network in wanted:
            ending = let_pass(spot, network, letting) or self._before(spot, network, until_ms, order)
            if ending is None:
                left.append(network)
            else:
                yield doubted(ending, letting)
        if left:
            yield from (doubted(ending, letting) for ending in self._block(spot, left, until_ms, order))

    def _before(self, spot: Spot, network: Network, until_ms: int | None, order: Order) -> Ending | None:
        """What is to be said of an address without doing anything; None where it has to be blocked."""
        now_ms = self._means.clock.now_ms()
        seen = self.look(spot, network)
        if isinstance(seen, Why):
            return self._unseen(spot, network, seen)
        for rule in seen.others:
            if not rule.is_over(now_ms):
                return ending_of(spot, network, "already blocked", f"by {rule.key}, which is not ours")
            told = f"a rule that is over and not ours stands for it: {rule.key}; remove that first"
            return ending_of(spot, network, "refused", told)
        mine = self._open(spot, network)
        if mine and (lasting := self._lasting(seen, mine, until_ms)):
            return ending_of(spot, network, "already blocked", until(lasting), block=mine.id)
        return ending_of(spot, network, "would block") if order.dry_run else None

    def _open(self, spot: Spot, network: Network) -> Block | None:
        """Our open block of an address at a place."""
        every = blocks.list_blocks(self._means.database, account=self._account.name, states=blocks.OPEN)
        at = (spot.wall, spot.place, walls.address(network))
        return next((one for one in every if (one.wall, one.place, one.address) == at), None)

    def _block(
        self, spot: Spot, left: Sequence[Network], until_ms: int | None, order: Order
    ) -> Iterator[Ending]:
        asked = [(network, self._ask(spot, network, until_ms, order)) for network in left]
        wishes = [Wish(network=network, mark=one.mark, until_ms=until_ms) for network, one in asked]
        reason = walls.keep_out(spot, self._session, wishes)
        for network, one in asked:
            yield self._after(spot, network, one, reason)

    def _ask(self, spot: Spot, network: Network, until_ms: int | None, order: Order) -> Block:
        request = blocks.Request(
            wall=spot.wall,
            place=spot.place,
            address=walls.address(network),
            because=order.because,
            until_ms=until_ms,
        )
        return blocks.ask(self._means.database, self._account.id, request, self._means.clock.now_ms())

    def _after(self, spot: Spot, network: Network, one: Block, reason: Why | None) -> Ending:
        """Settle what was asked for by what is seen now."""
        seen = self.look(spot, network)
        if isinstance(seen, Why):
            return self._unknown(spot, network, one, seen)
        if lasting := self._lasting(seen, one, one.until_ms):
            return ending_of(spot, network, "blocked", until(lasting), block=one.id)
        if reason is None or reason.meaning is Meaning.TRANSIENT:
            return self._unknown(spot, network, one, reason)
        if not marked(seen, one):  # else it was to last longer, and is as it was
            blocks.end(self._means.database, one.id, "REFUSED", self._means.clock.now_ms())
        return self._refused(spot, network, one, reason)

    # --- Letting in again ---------------------------------------------------------------------------------

    def unblock(self, one: Block, *, dry_run: bool) -> Ending:
        """Take one block back."""
        spot = Spot(wall=one.wall, place=one.place)
        (network,) = networks("address", [one.address])
        seen = self.look(spot, network)
        if isinstance(seen, Why):
            return self._unseen(spot, network, seen, block=one.id)
        ours = marked(seen, one)
        if not ours:
            return self._not_there(spot, network, one, seen)
        if spot.wall == "cfw":
            told = f"remove {rules_named(ours)} in the console of the firewall: nothing granted does"
            return ending_of(spot, network, "refused", told, block=one.id)
        if dry_run:
            return ending_of(spot, network, "would let in", block=one.id)
        reason = walls.let_in_again(spot, self._session, [rule.key for rule in ours])
        seen = self.look(spot, network)
        if isinstance(seen, Why):
            return self._unknown(spot, network, one, seen)
        if not marked(seen, one):
            return self._lifted(spot, network, one, "let in")
        if reason is None or reason.meaning is Meaning.TRANSIENT:
            return self._unknown(spot, network, one, reason)
        return self._refused(spot, network, one, reason)

    def _not_there(self, spot: Spot, network: Network, one: Block, seen: Look) -> Ending:
        """Nothing bears the mark; what somebody has changed since is theirs."""
        if any(rule.key == one.rule for rule in seen.others):
            told = f"rule {one.rule} was changed since by somebody else: remove it where that was done"
            return ending_of(spot, network, "refused", told, block=one.id)
        return self._lifted(spot, network, one, "not there")

    def _lifted(self, spot: Spot, network: Network, one: Block, word: Word) -> Ending:
        if one.state in blocks.OPEN:
            blocks.end(self._means.database, one.id, "LIFTED", self._means.clock.now_ms())
        return ending_of(spot, network, word, block=one.id)

    # --- What came of it ----------------------------------------------------------------------------------

    def _lasting(self, seen: Look, one: Block, until_ms: int | None) -> list[Rule]:
        """The rules that bear a block's mark and last so long; what is seen of the block is kept."""
        mine = marked(seen, one)
        if mine:
            longest = max(mine, key=lambda rule: math.inf if rule.until_ms is None else rule.until_ms)
            now_ms = self._means.clock.now_ms()
            blocks.found(self._means.database, one.id, now_ms, rule=longest.key, until_ms=longest.until_ms)
        return [rule for rule in mine if lasts(rule, until_ms)]

    def _refused(self, spot: Spot, network: Network, one: Block, reason: Why) -> Ending:
        """The cloud refused, and shows that nothing came of it."""
        trouble = self._advice(reason)
        return ending_of(spot, network, "refused", told_of(reason), block=one.id, trouble=trouble)

    def _unseen(self, spot: Spot, network: Network, reason: Why, block: str = "") -> Ending:
        """Nothing was done, since what stands there could not be looked at."""
        trouble = self._advice(reason)
        return ending_of(
            spot, network, "refused", f"could not look: {told_of(reason)}", block=block, trouble=trouble
        )

    def _unknown(self, spot: Spot, network: Network, one: Block, reason: Why | None) -> Ending:
        """It was asked for, and cannot be said to be so or not."""
        trouble = self._advice(reason) if reason else None
        told = told_of(reason) if reason else "the cloud says that it is done"
        told = f"it cannot be seen what came of it: {told}"
        return ending_of(spot, network, "unknown", f"{told}; say it again", block=one.id, trouble=trouble)

    def _advice(self, reason: Why) -> Trouble:
        return advise(reason, now_seconds=self._means.clock.now_ms() / 1000)


def let_pass(spot: Spot, network: Network, letting: Sequence[Rule]) -> Ending | None:
    """The refusal of an address of which any is let pass; None where none is seen to be."""
    passing = [rule for rule in letting if any(overlap(one, network) for one in rule.networks)]
    if not passing:
        return None
    told = ", ".join(f"{rule.key} ({', '.join(map(str, rule.networks))}) at {rule.place}" for rule in passing)
    return ending_of(spot, network, "refused", f"is let pass by {told}: remove that first")


def overlap(one: Network, other: Network) -> bool:
    """Whether two networks have an address in common."""
    return one.version == other.version and one.overlaps(other)


def doubted(ending: Ending, letting: Sequence[Rule]) -> Ending:
    """A good ending with what could make it another: who is let pass by a name that hides the addresses."""
    hidden = [f"{rule.key} ({rule.means})" for rule in letting if rule.means]
    if not hidden or not ending.ok:
        return ending
    told = f"whether it is among those that {', '.join(hidden)} lets pass cannot be seen"
    return replace(ending, detail="; ".join(filter(None, (ending.detail, told))))


def told_of(reason: Why) -> str:
    """A reason in short: the trouble beside it tells all of it."""
    return reason.code or reason.message


def marked(seen: Look, one: Block) -> list[Rule]:
    """The rules that bear a block's mark: more than one where the network carried the request out again."""
    return [rule for rule in seen.ours if rule.note == one.mark]


def lasts(rule: Rule, until_ms: int | None) -> bool:
    """Whether a rule lasts at least so long."""
    return rule.until_ms is None or (until_ms is not None and rule.until_ms >= until_ms)


def rules_named(rules: Sequence[Rule]) -> str:
    """Rules by the cloud's ids."""
    return f"rule{'s' if len(rules) > 1 else ''} {', '.join(rule.key for rule in rules)}"


def until(rules: Sequence[Rule]) -> str:
    """Which rules keep an address out, and how long they last, for people."""
    told = f"by {rules_named(rules)}"
    ends_ms = [rule.until_ms for rule in rules if rule.until_ms is not None]
    if len(ends_ms) < len(rules):
        return f"{told}, for good"
    return f"{told}, until {datetime.fromtimestamp(max(ends_ms) / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def ending_of(
    spot: Spot,
    network: Network,
    word: Word,
    detail: str = "",
    *,
    block: str = "",
    trouble: Trouble | None = None,
) -> Ending:
    """What became of an address at a place."""
    return Ending(
        address=walls.address(network),
        wall=spot.wall,
        place=spot.place,
        word=word,
        detail=detail,
        block=block,
        trouble=trouble,
    )
