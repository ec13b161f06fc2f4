"""Elasticsearch Service: clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call
from emulator.tables.declare import Lists, Manners, Qcs, Service, Sort, Table
from emulator.tables.filters import tagged

# Documented: the codes are among the product's errors. Assumed: which is used when, the ceiling of a
# hundred, which is stated nowhere, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameter.InvalidOffset" if name == "Offset" else "InvalidParameterValue",
        f"The value of parameter `{name}` is out of range: {value}.",
    ),
    too_many=lambda what, most: ApiError(
        "InvalidParameterValue", f"The number of `{what}` exceeds the limit of {most}."
    ),
)
# Documented: clusters are resources of CAM. Assumed: as instance/… of es.
CLUSTER = Table(
    name="es.instance", item="InstanceInfo", key="InstanceId", prefix="es", qcs=Qcs("es", "instance")
)


def owned(call: Call, cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    """A cluster with its owner, whom an estate does not know."""
    return {**cluster, "AppId": call.world.app_id, "Uin": call.world.uin}


SERVICE = Service(
    name="es",
    version="2018-04-16",
    tables=(CLUSTER,),
    actions=(
        Lists(
            action="DescribeInstances",
            of=CLUSTER,
            ids="InstanceIds",
            params={
                "Zone": "Zone",
                "InstanceNames": "InstanceName",
                "TagList": tagged("TagList"),
                "IpList": "EsVip",
                "ZoneList": "Zone",
                "HealthStatus": "HealthStatus",
                "VpcIds": "VpcUid",
                "CdcId": "CdcId",
            },
            # The addresses of single nodes are nowhere in a row.
            refuses=("NodeIps",),
            shown=owned,
            # Documented: 1 id, 2 name, 3 zone, 4 time of birth; 0 ascends, as does a key alone, 1 descends.
            orders={1: "InstanceId", 2: "InstanceName", 3: "Zone", 4: "CreateTime"},
            # Documented: without a key by time of birth, the latest first.
            sort=Sort(
                by="OrderByKey",
                directions=("OrderByType",),
                ascending=(0,),
                descending=(1,),
                standard=4,
                is_standard_descending=True,
            ),
            manners=MANNERS,
        ),
    ),
)
