"""How an action pages and what it lists, read off the names in its contract."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from emulator.contract.model import Action, Member, Shape

Style = Literal["offset", "page", "token", "none"]

READS = ("Describe", "Get", "Inquire", "Inquiry", "List", "LookUp", "Query", "Search")

OFFSETS = ("offset",)
PAGES = ("page", "pagenumber", "pagenum", "pageno", "pageindex")
TOKENS = ("nexttoken", "cursor", "context", "scrolltoken", "paginationtoken", "pagetoken", "marker")
LIMITS = ("limit", "pagesize", "rp", "maxresults", "perpage", "maxitems")
COUNTS = ("size", "count")
"""Limits only beside an offset, a page or a token: alone they mean anything."""
TOTALS = (
    *("totalcount", "total", "totalnum", "totalcnt", "totalcounts", "totalnumber", "totalsize"),
    *("alltotalcount", "alltotal", "recordnum", "count"),
)
MORES = ("hasmore", "istruncated", "hasnextpage")
OVERS = ("listover",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How one action pages, as names of its members."""

    style: Style
    offset: str | None = None
    """Where to start: an offset, a page number or a token, as ``style`` says. None: always at the start."""
    limit: str | None = None
    strings: bool = False
    """``offset`` is a number written as a string."""
    first: Literal[0, 1] = 0
    """What ``offset`` says of the first page."""
    total: str | None = None
    """In the response: how many there are in all. Its kind may be ``string``."""
    next: str | None = None
    """In the response: the token of the next page."""
    more: str | None = None
    """In the response: whether there is more."""
    over: str | None = None
    """In the response: whether there is no more."""


@functools.cache
def paging(action: Action) -> Paging:
    """Recognise how an action pages."""
    asked = {name: member for name, member in _scalars(action.request).items() if not member.disabled}
    limit = _first(LIMITS, asked) or _first(COUNTS, asked)
    if offset := _first(OFFSETS, asked):
        first, style = _offset_meaning(action)
        return _by_number(action, style, offset, first, limit)
    if (page := _first(PAGES, asked)) and (limit or not _is_text(page)):
        return _by_number(action, "page", page, 0 if _is_in(_PAGES_FROM_ZERO, action) else 1, limit)
    if token := _first(TOKENS, asked):
        return _by_token(action, token, limit)
    if limit := _first(LIMITS, asked):
        return Paging(style="offset", limit=limit.name, total=_total(action))
    return Paging(style="none", total=_total(action))


def _by_number(
    action: Action, style: Style, number: Member, first: Literal[0, 1], limit: Member | None
) -> Paging:
    return Paging(
        style=style,
        offset=number.name,
        limit=_name(limit),
        strings=_is_text(number),
        first=first,
        total=_total(action),
    )


def _by_token(action: Action, token: Member, limit: Member | None) -> Paging:
    answered = _scalars(action.response)
    return Paging(
        style="token",
        offset=token.name,
        limit=_name(limit),
        total=_total(action),
        next=_name(_first((f"next{token.name.lower()}", token.name.lower()), answered)),
        more=_name(_first(MORES, answered)),
        over=_name(_first(OVERS, answered)),
    )


def _total(action: Action) -> str | None:
    return _name(_first(TOTALS, _scalars(action.response)))


def listed(action: Action) -> Member | None:
    """The one list of objects in the response; None if there is none, or several."""
    match candidates(action):
        case (only,):
            return only
        case _:
            return None


def main_list(action: Action) -> tuple[str, str | None] | None:
    """Where a list read keeps its list and its total, nested members with dots; None if that is not plain.

    The one list of objects in the response; else, if a request pages through it, the one in its one object,
    or the one list of texts or numbers.
    """
    pages = paging(action)
    if (only := listed(action)) is not None:
        return only.name, pages.total
    if pages.style == "none":
        return None
    members = action.response.members.values()
    match [member for member in members if member.shape is not None]:
        case [holder] if not holder.many and holder.shape is not None:
            match _object_lists(holder.shape):
                case (only,):
                    total = _first(TOTALS, _scalars(holder.shape))
                    return (
                        f"{holder.name}.{only.name}",
                        f"{holder.name}.{total.name}" if total else pages.total,
                    )
        case []:
            match [member for member in members if member.many]:
                case [only]:
                    return only.name, pages.total
    return None


def is_paged(action: Action) -> bool:
    """Whether a request says which part of the list it wants, and an answer what comes next if need be."""
    pages = paging(action)
    return pages.offset is not None and (pages.style != "token" or pages.next is not None)


def candidates(action: Action) -> tuple[Member, ...]:
    """All lists of objects in the response."""
    return _object_lists(action.response)


def _object_lists(shape: Shape) -> tuple[Member, ...]:
    return tuple(member for member in shape.members.values() if member.many and member.shape)


def is_read(name: str) -> bool:
    """Whether an action of this name only looks."""
    return name.startswith(READS)


def is_list_read(action: Action) -> bool:
    """Whether an action looks, and answers with at least one list."""
    return is_read(action.name) and any(member.many for member in action.response.members.values())


def _scalars(shape: Shape) -> Mapping[str, Member]:
    """The numbers, texts and flags of a shape by lower-case name: spellings vary (``OffSet``)."""
    return {
        name.lower(): member
        for name, member in shape.members.items()
        if not member.many and member.kind in ("int", "uint", "string", "bool")
    }


def _first(names: Iterable[str], members: Mapping[str, Member]) -> Member | None:
    return next((members[name] for name in names if name in members), None)


def _name(member: Member | None) -> str | None:
    return member.name if member else None


def _is_text(member: Member) -> bool:
    return member.kind == "string"


# --- What only the prose says ------------------------------------------------------------------------------


def _offset_meaning(action: Action) -> tuple[Literal[0, 1], Style]:
    if _is_in(_OFFSET_IS_PAGE_FROM_ZERO, action):
        return 0, "page"
    if _is_in(_OFFSET_IS_PAGE_FROM_ONE, action):
        return 1, "page"
    return 0, "offset"


def _is_in(actions: Mapping[str, str], action: Action) -> bool:
    return action.name in actions.get(action.service, "").split()


# Documented: the first page is 1 in cam, and 0 in these. Assumed: it is 1 in all others.
_PAGES_FROM_ZERO: Mapping[str, str] = {
    "adp": """
        DescribeAccountList DescribeAppSummaryList DescribeCategoryList
        DescribeConcurrencyLimitDetailList DescribeConflictQASummaryList
        DescribeConsumptionDetailList DescribeDocSummaryList DescribeKBSummaryList
        DescribeLabelSummaryList DescribeModelList DescribeMsgRecordList DescribePluginSummaryList
        DescribeQASummaryList DescribeReleaseList DescribeSkillSummaryList DescribeUsageDetailList
        DescribeUsageSummaryList DescribeVariableList""",
    "bi": "DescribeAuthApiKeyList",
    "bsca": "SearchKBComponent",
    "ccc": """
        DescribeAIAgentInfoList DescribeActiveCarrierPrivilegeNumber
        DescribeCarrierPrivilegeNumberApplicants DescribeCompanyList DescribeExtensions
        DescribeFlashSMSList DescribeIvrAudioList DescribeNumbers DescribePredictiveDialingCampaigns
        DescribePredictiveDialingSessions DescribeProtectedTelCdr DescribeSkillGroupInfoList
        DescribeStaffInfoList DescribeTelCdr""",
    "gme": "DescribeApplicationList",
    "ssa": "DescribeSocCheckItemList DescribeSocCheckResultList",
    "trtc": "DescribeCallDetailInfo DescribeRoomInfo DescribeUserInfo",
    "vcube": """
        DescribeLicenseList DescribeNews DescribeXMagicResource DescribeXMagicResourceList""",
    "waf": "SearchAccessLog SearchAttackLog",
}

# Documented: here a member called Offset is the number of a page.
_OFFSET_IS_PAGE_FROM_ZERO: Mapping[str, str] = {
    "emr": "DescribeHBaseTableOverview",
    "ess": """
        DescribeBillUsageDetail DescribeExtendedServiceAuthDetail DescribeFileUrls
        DescribeOrganizationSeals""",
    "essbasic": """
        ChannelDescribeBillUsageDetail ChannelDescribeRoles DescribeExtendedServiceAuthDetail
        DescribeUsage""",
    "postgres": "DescribeDBBackups DescribeDBXlogs",
}

# Documented: the same; for tcr's DescribeImages and wss, that the first is 1. Assumed: so for tcr's others.
_OFFSET_IS_PAGE_FROM_ONE: Mapping[str, str] = {
    "tcr": """
        DescribeImages DescribeNamespaces DescribeRepositories DescribeTagRetentionExecutionTask""",
    "wss": "DescribeCertList",
}
