"""TDSQL for MySQL: instances in shards."""

from __future__ import annotations

from emulator.tables import tdsql
from emulator.tables.declare import Lists, Qcs, Service, Table, Window

# Documented: TDSQL instances are resources of CAM. Assumed: as instance/… of dcdb.
INSTANCE = Table(
    name="dcdb.instance",
    item="DCDBInstanceInfo",
    key="InstanceId",
    prefix="tdsqlshard",
    qcs=Qcs("dcdb", "instance"),
)

SERVICE = Service(
    name="dcdb",
    version="2018-04-11",
    tables=(INSTANCE,),
    actions=(
        Lists(
            action="DescribeDCDBInstances",
            of=INSTANCE,
            ids="InstanceIds",
            # Documented: 10, at most 100.
            page=Window(default=10, ceiling=100),
            params=tdsql.PARAMS,
            ignores=tdsql.NARROWS,
            narrowed=tdsql.narrow,
            shown=tdsql.owned,
            orders=tdsql.ORDERS,
            sort=tdsql.SORT,
            manners=tdsql.MANNERS,
        ),
    ),
)
