"""A cloud product as an asset, in the field names of Security Center's list of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.clouds.tencent.products.line import Fields
from connector.clouds.tencent.products.members import epoch_ms, first, tags

VENDOR = {"Vendor": 3, "VendorName": "TENCENT"}


def shown(
    type: tuple[int, int, str, str] | None = None,  # noqa: A002  # the list's own word
    *,
    created: str = "",
    vpc: str = "",
    internet: str = "",
    tagged: str = "",
) -> Fields:
    """Say rows in the shared fields, each from the member that is named for it.

    ``type`` is the asset's type and subtype, as numbers and as words; None for what that list has not got.
    """

    def fields(row: Mapping[str, Any], region: str) -> dict[str, Any]:
        said: dict[str, Any] = {
            **VENDOR,
            "RegionId": region,
            "CreatedTime": epoch_ms(first(row, created)) if created else None,
            "VpcInstanceId": str(first(row, vpc) or "") if vpc else "",
            "InternetIp": (first(row, internet) or None) if internet else None,
            "Tags": tags(row, tagged) if tagged else [],
        }
        return said | named(type)

    return fields


def named(type: tuple[int, int, str, str] | None) -> dict[str, Any]:  # noqa: A002
    """An asset's type in the list's four fields; the subtype's number is text there."""
    if type is None:
        return {}
    number, subnumber, word, subword = type
    return {
        "AssetType": number,
        "AssetSubType": str(subnumber),
        "AssetTypeName": word,
        "AssetSubTypeName": subword,
    }
