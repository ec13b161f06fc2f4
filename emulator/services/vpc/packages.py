"""Bandwidth packages, which addresses share."""

from __future__ import annotations

from emulator.services.vpc import errors
from emulator.services.vpc.tables import BANDWIDTH_PACKAGE
from emulator.tables.declare import Lists

ACTIONS = (
    # Assumed: packages come from elsewhere; those that somebody put there are shown, and bear no tags.
    Lists(
        action="DescribeBandwidthPackages",
        of=BANDWIDTH_PACKAGE,
        ids="BandwidthPackageIds",
        # Documented: the names.
        filters={
            "bandwidth-package-id": "BandwidthPackageId",
            "bandwidth-package-name": "BandwidthPackageName",
            "network-type": "NetworkType",
            "charge-type": "ChargeType",
            "resource.resource-type": "ResourceSet.ResourceType",
            "resource.resource-id": "ResourceSet.ResourceId",
            "resource.address-ip": "ResourceSet.AddressIp",
            "tag-key": lambda _row, _wanted: False,
            "tag-value": lambda _row, _wanted: False,
        },
        manners=errors.MANNERS,
    ),
)
