"""How a service says what it does: tables, and actions that list, get or do.

The published contract speaks first; a declaration names the exceptions; code is for behaviour only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.world.shelves import Row
from emulator.world.world import Cloud, World

Home = Literal["region", "global"]
"""Whether a table stands once in every region or once in the account."""

Asks = Callable[[Call], tuple[str, ...]]
"""The resources CAM is asked about for one call: ``*``, or six-segment names."""

Whose = Callable[[Cloud, Mapping[str, Any]], World]
"""The account that an unsigned call is about, by its parameters, not yet held against the contract.

May raise what the product says where they name none.
"""

Test = Callable[[Mapping[str, Any], Sequence[str]], bool]
"""Whether a row passes a filter that asks for these values."""


@dataclass(frozen=True, slots=True)
class On:
    """A filter on one member: ``passes`` is given its value as text, and the values asked for."""

    path: str
    passes: Callable[[str, Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class OnPart:
    """A filter satisfied by a part of any of some members' texts."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnTags:
    """A filter on the tags in one member: ``passes`` is given their keys and values, and what is asked for.

    Tags are written as ``Key`` and ``Value`` or as ``TagKey`` and ``TagValue``.
    """

    path: str
    passes: Callable[[Mapping[str, str], Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class Via:
    """A filter on what a row belongs to, the row of ``of`` whose key stands at ``path``.

    One of its ``members`` has to have one of the values asked for.
    """

    of: Table
    members: tuple[str, ...]
    path: str


Rule = str | On | OnPart | OnTags | Test
"""The member that has to have one of the values asked for, a test on members or tags, or one on the row."""


@dataclass(frozen=True, slots=True)
class Qcs:
    """How CAM spells a resource: its service and type.

    ``is_short`` spells the region by its short code where all of them are meant; ``project`` is the member
    with the project that stands in the name of a single one.
    """

    service: str
    type: str
    is_short: bool = False
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A kind of resource. ``item`` is the contract's object, ``key`` the member that names a row.

    ``prefix`` is how its keys begin (``ins``), where the product refuses others as malformed.
    """

    name: str
    item: str
    key: str
    prefix: str = ""
    home: Home = "region"
    qcs: Qcs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How many rows a page holds when nothing is said, how few and how many at most."""

    default: int = 20
    ceiling: int = 100
    floor: int = 1
    zero_is_default: bool = False
    """Whether a limit of 0 says as little as none."""
    is_aligned: bool = False
    """Whether an offset has to be a multiple of the limit."""


def unknown_order(name: str, value: object) -> ApiError:
    """A value that says no order."""
    # Assumed: code and text; products differ.
    return ApiError("InvalidParameterValue", f"The value `{value}` of `{name}` is not supported.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """How a list says its order: ``by`` names the member, any of ``directions`` says which way.

    ``standard`` is the value of ``by`` that holds when none is given; rows stand as they came if there is
    none, or if ``is_standing`` and no direction is given either. ``is_descending`` is the direction when none
    is given; ``is_standard_descending``, if it is said, that of the standard order, whatever is given.
    ``unknown`` (parameter, value) refuses any other value of these parameters.
    """

    by: str = "OrderField"
    directions: tuple[str, ...] = ("Order", "OrderDirection")
    ascending: tuple[object, ...] = ("ASC",)
    descending: tuple[object, ...] = ("DESC",)
    standard: str | int = ""
    is_standing: bool = False
    is_descending: bool = False
    is_standard_descending: bool | None = None
    unknown: Callable[[str, object], ApiError] = unknown_order


def unknown_filter(name: str) -> ApiError:
    """A filter name the product does not have."""
    # Assumed: code and text; products differ.
    return ApiError("InvalidParameterValue", f"The filter `{name}` is not supported.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a product refuses what is wrong with a list request. None refuses nothing.

    ``out_of_range`` (parameter, value) answers an offset or limit outside the page's bounds, which is
    clamped otherwise; ``too_many`` (what, how many at most); ``malformed`` and ``absent`` a key that has
    the wrong form or does not exist, which is left out of the answer otherwise.
    """

    out_of_range: Callable[[str, int], ApiError] | None = None
    unknown_filter: Callable[[str], ApiError] = unknown_filter
    both: Callable[[str], ApiError] | None = None
    """Keys (the parameter's name) and filters in one request, or the filters that keys exclude."""
    too_many: Callable[[str, int], ApiError] | None = None
    malformed: Callable[[str], ApiError] | None = None
    absent: Callable[[str], ApiError] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """An action that lists the rows of a table.

    ``ids`` names the parameter that picks rows by key; ``filters`` maps a filter's name to the member it
    looks at (``Placement.Zone``), to a test or to a way over another table, and ``tag:`` to the list of
    tags; ``params`` does the same for parameters that are filters in themselves. ``into`` names the
    response's list where the contract has several.
    """

    action: str
    of: Table
    ids: str | None = None
    rivals: tuple[str, ...] = ()
    """The filters that keys exclude, where they exclude some only (``address-id``)."""
    into: str | None = None
    filters: Mapping[str, Rule | Via] = field(default_factory=dict)
    params: Mapping[str, Rule] = field(default_factory=dict)
    page: Window = field(default_factory=Window)
    manners: Manners = field(default_factory=Manners)
    most_ids: int = 100
    most_filters: int = 10
    most_values: int = 100
    ignores: tuple[str, ...] = ()
    """Parameters that change nothing here, or that ``shown`` looks at."""
    refuses: tuple[str, ...] = ()
    """Parameters that the emulator does not serve yet: a call that sends one is told so."""
    tokens: Callable[[str, str], ApiError] | None = None
    """There where ``NextToken`` and ``MaxResults`` may say the page too: what refuses both ways at once."""
    orders: Mapping[Any, str] = field(default_factory=dict)
    """Values of ``OrderField`` and the members they sort by; ``Order`` or ``OrderDirection`` may say DESC."""
    sort: Sort = field(default_factory=Sort)
    """What those parameters are called, where the product has other names for them."""
    narrowed: Callable[[Call, Sequence[Row]], Sequence[Row]] | None = None
    """Which of the rows found this call shows, where that takes more to know than the row."""
    shown: Callable[[Call, Mapping[str, Any]], Mapping[str, Any]] | None = None
    """A row as this call shows it (another language, say); None shows it as it stands."""
    asks: Asks | None = None
    asked_as: str = ""
    """The name by which CAM knows the action (``cvm:ReleaseAddresses``) where it is not the product's own."""


def operation_level(_call: Call) -> tuple[str, ...]:
    """The question of an action that passes CAM no resource."""
    return ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """A second permission that some calls of an action need, asked once the first was given."""

    action: str
    """As CAM knows it (``cam:DeleteApiKey``); it need not be an action anybody can call."""
    when: Callable[[Call], bool]
    refusal: Callable[[], ApiError]
    """What the product says if it lacks."""
    asks: Asks = operation_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Does:
    """An action with behaviour of its own."""

    action: str
    run: Callable[[Call], Result]
    home: Home = "global"
    asks: Asks | None = None
    """None is an operation-level action: CAM is asked about ``*``."""
    asked_as: str = ""
    """The name by which CAM knows the action (``cvm:ReleaseAddresses``) where it is not the product's own."""
    is_open: bool = False
    """Whether any proven identity may call it without a grant."""
    further: tuple[Further, ...] = ()
    whose: Whose | None = None
    """There for an action that may be called unsigned, and then needs no grant; None has to be signed."""


Declared = Lists | Does


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One product: the version it speaks, its tables and what its actions do."""

    name: str
    version: str
    tables: tuple[Table, ...] = ()
    actions: tuple[Declared, ...] = ()
