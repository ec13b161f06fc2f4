# ruff: noqa: E501
"""THE table: everything the connector reads, a line each, and what it may do at the user's word.

The line that makes a call also names the permission it needs. From this table alone are computed the
policy we ask a customer to attach, the permission probe, the cost of a synchronisation and its plan.
"""

from __future__ import annotations

from functools import partial

from connector.clouds.tencent.products import host
from connector.clouds.tencent.products.asset import shown
from connector.clouds.tencent.products.line import Deed, Each, Edge, Paging, Product

# Documented: sizes, starts and spellings, action by action. Assumed: where prose states no ceiling, 100.
BY_HUNDRED = Paging()
BY_HUNDRED_AS_TEXT = Paging(as_text=True)
BY_2000 = Paging(limit=2000)
BY_1000 = Paging(limit=1000)
BY_WHOLE_1000 = Paging(limit=1000, by="whole pages")
BY_WHOLE_HUNDRED = Paging(by="whole pages")
BY_WHOLE_HUNDRED_FROM_OFFSET = Paging(at="OffSet", by="whole pages")
BY_TWENTY = Paging(limit=20)
BY_PAGE = Paging(at="Page", size="Rp", limit=200, by="pages", start=1)
# Documented: tcr's Offset is a page's number. Observed: its official examples begin at 1 and at 0.
BY_PAGE_IN_OFFSET = Paging(by="pages", start=1)

CAM = partial(Product, features=("cspm",), service="cam", version="2019-01-16", where="once")
CBS = partial(Product, features=("cspm",), service="cbs", version="2017-03-12", total="TotalCount")
CDB = partial(Product, features=("cspm",), service="cdb", version="2017-03-20")
CLB = partial(Product, features=("cspm",), service="clb", version="2018-03-17")
CVM = partial(Product, service="cvm", version="2017-03-12", total="TotalCount")
MARIADB = partial(Product, features=("cspm",), service="mariadb", version="2017-03-12")
POSTGRES = partial(Product, features=("cspm",), service="postgres", version="2017-03-12")
REDIS = partial(Product, features=("cspm",), service="redis", version="2018-04-12")
SSL = partial(Product, features=("cspm",), service="ssl", version="2019-12-05", where="once")
TCR = partial(Product, features=("cspm",), service="tcr", version="2019-09-24", total="TotalCount")
VPC = partial(Product, features=("cspm",), service="vpc", version="2017-03-12")
WAF = partial(Product, features=("soc",), service="waf", version="2018-01-25", where="once", regional=False)
CFW = partial(Product, features=("soc",), service="cfw", version="2019-09-04", where="once", regional=False)
TO_WAF = partial(Deed, features=("soc",), service="waf", version="2018-01-25")
TO_CFW = partial(Deed, features=("soc",), service="cfw", version="2019-09-04")

WHO = ("cspm", "soc")
"""Who acts in an account is asked for configuration checks, and for the users that an incident names."""


def in_network(vpc: str, subnet: str) -> tuple[Edge, ...]:
    """The edges to the network that two members name."""
    return (Edge("in_vpc", "vpc", vpc), Edge("in_subnet", "subnet", subnet))


def is_not_classic(row: object) -> bool:
    """Whether a balancer's health can be asked for."""
    # Documented: DescribeTargetHealth does not support classic balancers, whose Forward is 0.
    return not (isinstance(row, dict) and row.get("Forward") == 0)


USES_GROUP = Edge("uses_sg", "security_group", "SecurityGroupId")
HAS_POLICY = Edge("has_policy", "policy", "PolicyId")
BOUNDED_BY = Edge("bounded_by", "policy", "PolicyId")

# fmt: off
REGION = Product(kind="region", features=("cspm",), service="region", version="2022-06-27", action="DescribeRegions", items="RegionSet", key="{Region}", name="RegionName", total="TotalCount", where="once")
CVM_REGION = CVM(kind="region", features=("host",), action="DescribeRegions", items="RegionSet", key="{Region}", name="RegionName", where="once")

HOST = CVM(kind="host", features=("host", "cspm"), action="DescribeInstances", items="InstanceSet", key="{InstanceId}", name="InstanceName", paging=BY_HUNDRED, probed="every region", fields=host.normalise, edges=(Edge("uses_sg", "security_group", "SecurityGroupIds"), *in_network("VirtualPrivateCloud.VpcId", "VirtualPrivateCloud.SubnetId"), Edge("on_disk", "disk", "SystemDisk.DiskId"), Edge("on_disk", "disk", "DataDisks.DiskId"), Edge("assumes_role", "role", "CamRoleName", by_name=True)))

WAF_DOMAIN = WAF(kind="waf_domain", action="DescribeDomains", params={"Filters": []}, items="Domains", key="{DomainId}", name="Domain", total="Total", paging=BY_WHOLE_HUNDRED, fields=shown((17, 0, "WAF", "DOMAIN"), created="CreateTime", tagged="TagInfos"))
# Observed: Count is 1 in the official example; what it counts is not said.
WAF_ADDRESSES = WAF(kind="waf_domain.addresses", action="DescribeIpAccessControl", params={"Count": 1}, items="Data.Res", key="{Id}", name="Ip", total="Data.TotalCount", paging=BY_WHOLE_HUNDRED_FROM_OFFSET, facts=True, each=(Each(of="waf_domain", params={"Domain": "Domain"}),))
# The policy of the guide grants this one; the published DescribeAcLists, which would do as well, it does not.
BORDER_RULE = CFW(kind="border_rule", action="DescribeBorderACLList", items="Data", key="{Id:d}", name="Detail", total="Total", paging=BY_HUNDRED, published=False, fields=shown())

ASSETS: tuple[Product, ...] = (
    HOST,
    # Assumed: Uuid, which only an agent knows, may be the host's own; the agent is found by Quuid. Assumed: cwp wants no Region.
    Product(kind="host.agent", features=("cspm",), service="cwp", version="2018-02-28", action="DescribeAssetMachineDetail", items="MachineDetail", single=True, facts=True, regional=False, each=(Each(of="host", params={"Quuid": "Uuid", "Uuid": "Uuid"}),)),

    CBS(kind="disk", action="DescribeDisks", params={"ReturnBindAutoSnapshotPolicy": True}, items="DiskSet", key="{DiskId}", name="DiskName", paging=BY_HUNDRED, fields=shown((0, 1, "ECS", "DISK"), created="CreateTime", tagged="Tags"), edges=(Edge("attached_to", "host", "InstanceId"), Edge("kept_by", "snapshot_policy", "AutoSnapshotPolicyIds"))),
    CBS(kind="snapshot_policy", action="DescribeDiskAssociatedAutoSnapshotPolicy", items="AutoSnapshotPolicySet", key="{AutoSnapshotPolicyId}", name="AutoSnapshotPolicyName", each=(Each(of="disk", params={"DiskId": "DiskId"}, distinct="AutoSnapshotPolicyIds"),), fields=shown(created="CreateTime", tagged="Tags")),

    VPC(kind="security_group", action="DescribeSecurityGroups", items="SecurityGroupSet", key="{SecurityGroupId}", name="SecurityGroupName", total="TotalCount", paging=BY_HUNDRED_AS_TEXT, fields=shown((0, 2, "ECS", "SECURITY_GROUP"), created="CreatedTime", tagged="TagSet")),
    VPC(kind="security_group.rules", action="DescribeSecurityGroupPolicies", items="SecurityGroupPolicySet", single=True, facts=True, each=(Each(of="security_group", params={"SecurityGroupId": "SecurityGroupId"}),)),
    VPC(kind="subnet", action="DescribeSubnets", items="SubnetSet", key="{SubnetId}", name="SubnetName", total="TotalCount", paging=BY_HUNDRED_AS_TEXT, fields=shown((9, 11, "VPC", "SUBNET"), created="CreatedTime", vpc="VpcId", tagged="TagSet"), edges=(Edge("in_vpc", "vpc", "VpcId"), Edge("uses_acl", "network_acl", "NetworkAclId"))),
    VPC(kind="network_acl", action="DescribeNetworkAcls", items="NetworkAclSet", key="{NetworkAclId}", name="NetworkAclName", total="TotalCount", paging=BY_HUNDRED, fields=shown((9, 10, "VPC", "NETWORK_ACL"), created="CreatedTime", vpc="VpcId", tagged="TagSet"), edges=(Edge("in_vpc", "vpc", "VpcId"),)),

    CLB(kind="clb", action="DescribeLoadBalancers", items="LoadBalancerSet", key="{LoadBalancerId}", name="LoadBalancerName", total="TotalCount", paging=BY_HUNDRED, fields=shown((1, 0, "SLB", "INSTANCE"), created="CreateTime", vpc="VpcId", internet="LoadBalancerVips", tagged="Tags"), edges=(*in_network("VpcId", "SubnetId"), Edge("uses_sg", "security_group", "SecureGroups"))),
    CLB(kind="clb.targets", action="DescribeTargets", items="Listeners", key="{ListenerId}", facts=True, each=(Each(of="clb", params={"LoadBalancerId": "LoadBalancerId"}),), edges=(Edge("backs", "host", "Targets.InstanceId"), Edge("backs", "host", "Rules.Targets.InstanceId"))),
    CLB(kind="clb.health", action="DescribeTargetHealth", items="LoadBalancers", key="{LoadBalancerId}", facts=True, each=(Each(of="clb", params={"LoadBalancerIds": "LoadBalancerId"}, batch=30, only=is_not_classic),)),

    CDB(kind="cdb", action="DescribeDBInstances", items="Items", key="{InstanceId}", name="InstanceName", total="TotalCount", paging=BY_2000, fields=shown((3, 0, "RDS", "INSTANCE"), created="CreateTime", vpc="UniqVpcId", internet="WanDomain", tagged="TagList"), edges=in_network("UniqVpcId", "UniqSubnetId")),
    CDB(kind="cdb.features", action="DescribeDBFeatures", items="", single=True, facts=True, each=(Each(of="cdb", params={"InstanceId": "InstanceId"}),)),
    CDB(kind="cdb.audit", action="DescribeAuditConfig", items="", single=True, facts=True, each=(Each(of="cdb", params={"InstanceId": "InstanceId"}),)),
    CDB(kind="cdb.backup", action="DescribeBackupConfig", items="", single=True, facts=True, each=(Each(of="cdb", params={"InstanceId": "InstanceId"}),)),
    CDB(kind="cdb.groups", action="DescribeDBSecurityGroups", items="Groups", key="{SecurityGroupId}", facts=True, each=(Each(of="cdb", params={"InstanceId": "InstanceId"}),), edges=(USES_GROUP,)),
    CDB(kind="cdb_account", action="DescribeAccounts", items="Items", key="{^}/{User}@{Host}", name="User", total="TotalCount", paging=BY_HUNDRED, each=(Each(of="cdb", params={"InstanceId": "InstanceId"}),), fields=shown(created="CreateTime")),
    CDB(kind="cdb_account.privileges", action="DescribeAccountPrivileges", items="", single=True, facts=True, each=(Each(of="cdb_account", params={"InstanceId": "^", "User": "User", "Host": "Host"}),)),

    MARIADB(kind="mariadb", action="DescribeDBInstances", items="Instances", key="{InstanceId}", name="InstanceName", total="TotalCount", paging=BY_HUNDRED, fields=shown((3, 0, "RDS", "INSTANCE"), created="CreateTime", vpc="UniqueVpcId", internet="WanVip", tagged="ResourceTags"), edges=in_network("UniqueVpcId", "UniqueSubnetId")),
    MARIADB(kind="mariadb.detail", action="DescribeDBInstanceDetail", items="", single=True, facts=True, each=(Each(of="mariadb", params={"InstanceId": "InstanceId"}),)),
    MARIADB(kind="mariadb.groups", action="DescribeDBSecurityGroups", params={"Product": "mariadb"}, items="Groups", key="{SecurityGroupId}", facts=True, each=(Each(of="mariadb", params={"InstanceId": "InstanceId"}),), edges=(USES_GROUP,)),
    # Assumed: a hundred ids at once, as many as the product's other reads take.
    MARIADB(kind="mariadb.backup", action="DescribeBackupTime", items="Items", key="{InstanceId}", total="TotalCount", facts=True, each=(Each(of="mariadb", params={"InstanceIds": "InstanceId"}, batch=100),)),
    MARIADB(kind="mariadb_account", action="DescribeAccounts", items="Users", key="{^}/{UserName}@{Host}", name="UserName", each=(Each(of="mariadb", params={"InstanceId": "InstanceId"}),), fields=shown(created="CreateTime")),
    # Documented: \* asks for what holds everywhere. Assumed: that is a bare asterisk, escaped for the page it is printed on.
    MARIADB(kind="mariadb_account.privileges", action="DescribeAccountPrivileges", params={"DbName": "*"}, items="", single=True, facts=True, each=(Each(of="mariadb_account", params={"InstanceId": "^", "UserName": "UserName", "Host": "Host"}),)),

    Product(kind="dcdb", features=("cspm",), service="dcdb", version="2018-04-11", action="DescribeDCDBInstances", items="Instances", key="{InstanceId}", name="InstanceName", total="TotalCount", paging=BY_HUNDRED, fields=shown((26, 0, "TDSQL", "INSTANCE"), created="CreateTime", vpc="UniqueVpcId", internet="WanVip", tagged="ResourceTags"), edges=in_network("UniqueVpcId", "UniqueSubnetId")),

    POSTGRES(kind="postgres", action="DescribeDBInstances", items="DBInstanceSet", key="{DBInstanceId}", name="DBInstanceName", total="TotalCount", paging=BY_HUNDRED, fields=shown((20, 0, "POSTGRESQL", "INSTANCE"), created="CreateTime", vpc="VpcId", tagged="TagList"), edges=in_network("VpcId", "SubnetId")),
    POSTGRES(kind="postgres.backup", action="DescribeBackupPlans", items="Plans", key="{PlanId}", facts=True, each=(Each(of="postgres", params={"DBInstanceId": "DBInstanceId"}),)),
    POSTGRES(kind="postgres.groups", action="DescribeDBInstanceSecurityGroups", items="SecurityGroupSet", key="{SecurityGroupId}", facts=True, each=(Each(of="postgres", params={"DBInstanceId": "DBInstanceId"}),), edges=(USES_GROUP,)),

    REDIS(kind="redis", action="DescribeInstances", items="InstanceSet", key="{InstanceId}", name="InstanceName", total="TotalCount", paging=BY_WHOLE_1000, fields=shown((5, 0, "KVSTORE", "INSTANCE"), created="Createtime", vpc="UniqVpcId", internet="WanAddress", tagged="InstanceTags"), edges=in_network("UniqVpcId", "UniqSubnetId")),
    REDIS(kind="redis.backup", action="DescribeAutoBackupConfig", items="", single=True, facts=True, each=(Each(of="redis", params={"InstanceId": "InstanceId"}),)),
    REDIS(kind="redis.groups", action="DescribeDBSecurityGroups", params={"Product": "redis"}, items="Groups", key="{SecurityGroupId}", facts=True, each=(Each(of="redis", params={"InstanceId": "InstanceId"}),), edges=(USES_GROUP,)),
    REDIS(kind="redis.commands", action="DescribeInstanceMonitorTopNCmd", params={"SpanType": 4}, items="Data", key="{Cmd}", facts=True, each=(Each(of="redis", params={"InstanceId": "InstanceId"}),)),

    Product(kind="es", features=("cspm",), service="es", version="2018-04-16", action="DescribeInstances", items="InstanceList", key="{InstanceId}", name="InstanceName", total="TotalCount", paging=BY_HUNDRED, fields=shown((27, 0, "ELASTICSEARCH", "INSTANCE"), created="CreateTime", vpc="VpcUid", internet="EsPublicUrl", tagged="TagList"), edges=in_network("VpcUid", "SubnetUid")),

    TCR(kind="registry", action="DescribeInstances", items="Registries", key="{RegistryId}", name="RegistryName", paging=BY_HUNDRED, fields=shown((6, 1, "ACR", "REGISTRY_ENTERPRISE"), created="CreatedAt", internet="PublicDomain", tagged="TagSpecification.Tags")),
    TCR(kind="repository", action="DescribeRepositories", items="RepositoryList", key="{^}/{Name}", name="Name", paging=BY_PAGE_IN_OFFSET, each=(Each(of="registry", params={"RegistryId": "RegistryId"}),), fields=shown((6, 2, "ACR", "REPOSITORY_ENTERPRISE"), created="CreationTime")),

    SSL(kind="certificate", action="DescribeCertificates", items="Certificates", key="{CertificateId}", name="Alias", total="TotalCount", paging=BY_1000, fields=shown((13, 0, "CAS", "INSTANCE"), created="InsertTime", tagged="Tags")),
    SSL(kind="certificate.detail", action="DescribeCertificate", items="", single=True, facts=True, each=(Each(of="certificate", params={"CertificateId": "CertificateId"}),)),

    CAM(kind="user", features=WHO, action="ListUsers", items="Data", key="{Uin:d}", name="Name", fields=shown((15, 1, "RAM", "USER"), created="CreateTime")),
    CAM(kind="collaborator", action="ListCollaborators", items="Data", key="{Uin:d}", name="Name", total="TotalNum", paging=BY_TWENTY, fields=shown(created="CreateTime")),
    CAM(kind="user.protection", action="DescribeSafeAuthFlagColl", items="", single=True, facts=True, each=(Each(of="user", params={"SubUin": "Uin"}), Each(of="collaborator", params={"SubUin": "Uin"}))),
    CAM(kind="user.login", features=WHO, action="GetUser", items="", single=True, facts=True, each=(Each(of="user", params={"Name": "Name"}),)),
    CAM(kind="user.boundary", action="GetUserPermissionBoundary", items="", single=True, absent="PolicyId", facts=True, each=(Each(of="user", params={"TargetUin": "Uin"}),), edges=(BOUNDED_BY,)),
    CAM(kind="user.policies", features=WHO, action="ListAttachedUserAllPolicies", params={"AttachType": 0}, items="PolicyList", key="{PolicyId}", total="TotalNum", paging=BY_PAGE, facts=True, each=(Each(of="user", params={"TargetUin": "Uin"}),), edges=(HAS_POLICY,)),
    CAM(kind="access_key", action="ListAccessKeys", items="AccessKeys", key="{AccessKeyId}", name="AccessKeyId", each=(Each(of="user", params={"TargetUin": "Uin"}),), fields=shown(created="CreateTime")),
    CAM(kind="role", action="DescribeRoleList", items="List", key="{RoleId}", name="RoleName", total="TotalNum", paging=BY_PAGE, fields=shown((15, 2, "RAM", "ROLE"), created="AddTime", tagged="Tags")),
    CAM(kind="role.detail", action="GetRole", items="RoleInfo", single=True, facts=True, each=(Each(of="role", params={"RoleId": "RoleId"}),)),
    CAM(kind="role.boundary", action="GetRolePermissionBoundary", items="", single=True, absent="PolicyId", facts=True, each=(Each(of="role", params={"RoleId": "RoleId"}),), edges=(BOUNDED_BY,)),
    CAM(kind="role.policies", action="ListAttachedRolePolicies", items="List", key="{PolicyId:d}", total="TotalNum", paging=BY_PAGE, facts=True, each=(Each(of="role", params={"RoleId": "RoleId"}),), edges=(HAS_POLICY,)),
    CAM(kind="policy", features=WHO, action="GetPolicy", items="", single=True, key="{^}", name="PolicyName", each=tuple(Each(of=kind, params={"PolicyId": "PolicyId"}, distinct="PolicyId", numbers=True) for kind in ("user.policies", "user.boundary", "role.policies", "role.boundary")), fields=shown((15, 3, "RAM", "POLICY"), created="AddTime", tagged="Tags")),

    WAF_DOMAIN,
    WAF_ADDRESSES,
    BORDER_RULE,
)

BLOCK_AT_DOMAIN = TO_WAF(does="block addresses at a domain", action="UpsertIpAccessControl", params={"Items": []}, each=(Each(of="waf_domain", params={"Domain": "Domain"}),))
# An id that no rule has: an empty list might be taken for all of them.
UNBLOCK_AT_DOMAIN = TO_WAF(does="take those blocks back", action="DeleteIpAccessControl", params={"Items": ["none-00000000"], "IsId": True}, each=(Each(of="waf_domain", params={"Domain": "Domain"}),))
BLOCK_AT_BORDER = TO_CFW(does="block addresses at the border of the internet", action="CreateAcRules", params={"Data": [], "Overwrite": 0})

DEEDS: tuple[Deed, ...] = (BLOCK_AT_DOMAIN, UNBLOCK_AT_DOMAIN, BLOCK_AT_BORDER)
# fmt: on
