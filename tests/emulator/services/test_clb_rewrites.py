"""Redirections between the rules of a balancer."""

import pytest

from tests.emulator.services.acting import Account

from .test_clb_listeners import certificate, make, shown


@pytest.fixture
def account():
    account = Account()
    account.world.pace = 0
    return account


@pytest.fixture
def balancer(account):
    return account.balancer(account.subnet(account.vpc()))


@pytest.fixture
def secure(account, balancer):
    """A listener of HTTPS with three rules of two domains."""
    certificate(account)
    given = {"SSLMode": "UNIDIRECTIONAL", "CertId": "abcd1234"}
    [key] = make(account, balancer, "HTTPS", (443,), Certificate=given)
    return key, rule(account, balancer, key, "a.com/", "a.com/x", "b.com/")


def rule(account, balancer, listener, *names):
    given = []
    for name in names:
        domain, _, path = name.partition("/")
        given.append({"Domain": domain, "Url": f"/{path}"})
    asked = {"LoadBalancerId": balancer, "ListenerId": listener, "Rules": given}
    return account("clb:CreateRule", **asked)["LocationIds"]


def leads(account, balancer, **narrowed):
    """From where to where rules send on, by domain and path."""
    found = account("clb:DescribeRewrite", LoadBalancerId=balancer, **narrowed)["RewriteSet"]
    names = {
        each["LocationId"]: each["Domain"] + each["Url"]
        for listener in shown(account, balancer)
        for each in listener["Rules"] or ()
    }
    return {names[each["LocationId"]]: names[each["RewriteTarget"]["TargetLocationId"]] for each in found}


def target(account, balancer, key):
    [found] = account("clb:DescribeRewrite", LoadBalancerId=balancer, SourceLocationIds=[key])["RewriteSet"]
    return found["RewriteTarget"]


def test_rules_of_one_listener_send_on_to_those_of_another(account, balancer, secure):
    there, targets = secure
    [here] = make(account, balancer, "HTTP", (8080,))
    sources = rule(account, balancer, here, "a.com/", "c.com/")
    place = {"LoadBalancerId": balancer, "SourceListenerId": here, "TargetListenerId": there}
    infos = [{"SourceLocationId": key, "TargetLocationId": targets[0]} for key in sources]
    infos[1] |= {"RewriteCode": 301, "TakeUrl": False, "SourceDomain": "c.com"}
    account("clb:ManualRewrite", **place, RewriteInfos=infos)
    assert leads(account, balancer) == {"a.com/": "a.com/", "c.com/": "a.com/"}
    assert target(account, balancer, sources[0]) == {
        "TargetListenerId": there,
        "TargetLocationId": targets[0],
        "RewriteCode": 302,
        "TakeUrl": True,
        "RewriteType": "Manual",
    }
    second = target(account, balancer, sources[1])
    assert (second["RewriteCode"], second["TakeUrl"]) == (301, False)
    assert leads(account, balancer, SourceListenerIds=[there]) == {}
    plain = [{name: info[name] for name in ("SourceLocationId", "TargetLocationId")} for info in infos]
    account("clb:DeleteRewrite", **place, RewriteInfos=plain[:1])
    assert leads(account, balancer) == {"c.com/": "a.com/"}
    again = {**place, "RewriteInfos": plain}
    assert account.code("clb:DeleteRewrite", **again) == "InvalidParameter.SomeRewriteNotFound"
    assert leads(account, balancer) == {"c.com/": "a.com/"}


def test_no_chain_is_made_and_nothing_of_a_wrong_wish(account, balancer, secure):
    there, targets = secure
    [here] = make(account, balancer, "HTTP", (80,))
    one, two = rule(account, balancer, here, "a.com/", "c.com/")
    place = {"LoadBalancerId": balancer, "SourceListenerId": here, "TargetListenerId": there}
    first = {"SourceLocationId": one, "TargetLocationId": targets[0]}
    account("clb:ManualRewrite", **place, RewriteInfos=[first])
    known = "InvalidParameter.RewriteAlreadyExist"
    wanted = {"SourceLocationId": two, "TargetLocationId": targets[0]}
    assert account.code("clb:ManualRewrite", **place, RewriteInfos=[wanted, first]) == known
    back = {"LoadBalancerId": balancer, "SourceListenerId": there, "TargetListenerId": here}
    info = {"SourceLocationId": targets[0], "TargetLocationId": two}
    assert account.code("clb:ManualRewrite", **back, RewriteInfos=[info]) == known
    info = {"SourceLocationId": targets[1], "TargetLocationId": one}
    assert account.code("clb:ManualRewrite", **back, RewriteInfos=[info]) == known
    for wrong, code in (
        ({"RewriteCode": 308, "TakeUrl": True, "SourceDomain": "c.com"}, "InvalidParameterValue"),
        ({"RewriteCode": 301, "SourceDomain": "c.com"}, "MissingParameter"),
        ({"SourceDomain": "a.com"}, "InvalidParameterValue"),
        ({"TargetLocationId": "loc-00000000"}, "InvalidParameter.LocationNotFound"),
    ):
        assert account.code("clb:ManualRewrite", **place, RewriteInfos=[{**wanted, **wrong}]) == code
    assert account.code("clb:ManualRewrite", **place, RewriteInfos=[]) == "MissingParameter"
    [tcp] = make(account, balancer, "TCP", (90,))
    asked = {**place, "TargetListenerId": tcp, "RewriteInfos": [wanted]}
    assert account.code("clb:ManualRewrite", **asked) == "InvalidParameter.ProtocolCheckFailed"
    assert leads(account, balancer) == {"a.com/": "a.com/"}


def test_http_sends_on_to_https_through_a_listener_that_is_made_for_it(account, balancer, secure):
    there, _ = secure
    place = {"LoadBalancerId": balancer, "ListenerId": there}
    account("clb:AutoRewrite", **place, Domains=["a.com"], RewriteCodes=[307], TakeUrls=[False])
    [_, door] = shown(account, balancer)
    assert (door["Protocol"], door["Port"]) == ("HTTP", 80)
    assert [(each["Url"], each["BeAutoCreated"], each["DefaultServer"]) for each in door["Rules"]] == [
        ("/", True, True),
        ("/x", True, True),
    ]
    assert leads(account, balancer) == {"a.com/": "a.com/", "a.com/x": "a.com/x"}
    found = target(account, balancer, door["Rules"][0]["LocationId"])
    assert (found["RewriteType"], found["RewriteCode"], found["TakeUrl"]) == ("Auto", 307, False)
    account("clb:AutoRewrite", **place, Domains=["b.com"])
    assert len(shown(account, balancer)) == 2
    assert leads(account, balancer)["b.com/"] == "b.com/"
    assert account.code("clb:AutoRewrite", **place) == "InvalidParameter.RewriteAlreadyExist"


def test_a_rule_of_http_that_is_there_is_taken_and_what_cannot_be_leaves_nothing(account, balancer, secure):
    there, _ = secure
    place = {"LoadBalancerId": balancer, "ListenerId": there}
    [tcp] = make(account, balancer, "TCP", (80,))
    assert account.code("clb:AutoRewrite", **place) == "InvalidParameter.PortCheckFailed"
    account("clb:DeleteListener", LoadBalancerId=balancer, ListenerId=tcp)
    assert account.code("clb:AutoRewrite", **place, Domains=["c.com"]) == "InvalidParameter.LocationNotFound"
    wrong = {"Domains": ["a.com"], "RewriteCodes": [301, 302]}
    assert account.code("clb:AutoRewrite", **place, **wrong) == "InvalidParameterValue.Length"
    assert len(shown(account, balancer)) == 1
    [here] = make(account, balancer, "HTTP", (80,))
    [kept] = rule(account, balancer, here, "a.com/x")
    asked = {"LoadBalancerId": balancer, "ListenerId": here}
    assert account.code("clb:AutoRewrite", **asked) == "InvalidParameter.ProtocolCheckFailed"
    account("clb:AutoRewrite", **place)
    [_, door] = shown(account, balancer)
    assert [(each["LocationId"] == kept, each["BeAutoCreated"]) for each in door["Rules"]] == [
        (True, False),
        (False, True),
        (False, True),
    ]
    assert len(leads(account, balancer)) == 3


def test_what_sent_on_to_a_rule_serves_itself_once_that_is_gone(account, balancer, secure):
    there, targets = secure
    place = {"LoadBalancerId": balancer, "ListenerId": there}
    account("clb:AutoRewrite", **place)
    account("clb:DeleteRule", **place, LocationIds=targets[:1])
    assert leads(account, balancer) == {"a.com/x": "a.com/x", "b.com/": "b.com/"}
    account("clb:DeleteListener", **place)
    assert leads(account, balancer) == {}
    [door] = shown(account, balancer)
    assert {each["RewriteTarget"]["TargetLocationId"] for each in door["Rules"]} == {None}
