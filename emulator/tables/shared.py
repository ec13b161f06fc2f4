"""Tables of one product that other products name."""

from __future__ import annotations

from emulator.tables.declare import Qcs, Table

INSTANCE = Table(
    name="cvm.instance",
    item="Instance",
    key="InstanceId",
    prefix="ins",
    # Observed: the short region code in what DescribeInstances asks CAM.
    qcs=Qcs("cvm", "instance", is_short=True, project="Placement.ProjectId"),
)
# Documented: security groups are resources of cvm.
SECURITY_GROUP = Table(
    name="vpc.securitygroup",
    item="SecurityGroup",
    key="SecurityGroupId",
    prefix="sg",
    qcs=Qcs("cvm", "sg"),
)
