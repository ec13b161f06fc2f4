"""The official command line counts what the world holds, in every way it can be pointed at a server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]
COUNTED = {
    "cvm DescribeInstances": ("cvm.instance", "TotalCount"),
    "cbs DescribeDisks": ("cbs.disk", "TotalCount"),
    "vpc DescribeVpcs": ("vpc.vpc", "TotalCount"),
    "vpc DescribeSecurityGroups": ("vpc.securitygroup", "TotalCount"),
    "clb DescribeLoadBalancers": ("clb.loadbalancer", "TotalCount"),
    "cdb DescribeDBInstances": ("cdb.instance", "TotalCount"),
    "redis DescribeInstances": ("redis.instance", "TotalCount"),
    "postgres DescribeDBInstances": ("postgres.instance", "TotalCount"),
    "es DescribeInstances": ("es.instance", "TotalCount"),
    "tcr DescribeInstances": ("tcr.registry", "TotalCount"),
    "ssl DescribeCertificates": ("ssl.certificate", "TotalCount"),
    "cam ListPolicies --Scope Local": ("cam.policy", "TotalNum"),
}
REGION = "ap-shanghai"
FORMS = {
    "http": lambda endpoint: ["--endpoint", endpoint],
    "https": lambda endpoint: ["--endpoint", endpoint.removeprefix("http://")],
    "proxy": lambda endpoint: ["--https-proxy", endpoint],
}


@pytest.mark.parametrize("form", FORMS)
def test_it_counts_of_every_kind_what_a_region_holds(server, trusting, form):
    account, program = server.account, Path(sys.executable).with_name("tccli")
    key = ["--secretId", account.secret_id, "--secretKey", account.secret_key]
    environment = {name: value for name, value in trusting.items() if name != "HTTPS_PROXY"}
    for asked, (table, total) in COUNTED.items():
        command = [program, *asked.split(), "--region", REGION, *key, *FORMS[form](server.endpoint)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        region = "" if table.startswith(("cam.", "ssl.")) else REGION
        assert json.loads(done.stdout)[total] == len(account.world.read(table, region)), asked
