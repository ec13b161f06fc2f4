"""Addresses are kept out and let in: look, act, look, against walls of a few lines."""

import json

import pytest

from connector.errors import BadInput, CloudError, NotFound, Refused

DOMAINS = ("shop.example.com", "www.example.com")
BAD, OTHER = "45.83.64.7", "45.83.64.8"


class Walls:
    """The two firewalls as far as they are called, on top of the dumb cloud."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.entries = {}  # id -> (domain, item)
        self.border = []
        self.deliveries = 1
        self.fails = set()  # addresses that an upsert says it could not do
        self.after = None  # raised once the deed is done
        self.deaf = False  # says done, and does nothing

    def answer(self, call):
        deeds = {
            "waf:DescribeDomains": self.domains,
            "waf:DescribeIpAccessControl": self.listed,
            "waf:UpsertIpAccessControl": self.upsert,
            "waf:DeleteIpAccessControl": self.delete,
            "cfw:DescribeBorderACLList": self.rules,
            "cfw:CreateAcRules": self.create,
            **{f"cam:{name}": self.nobody for name in ("ListUsers", "GetUser", "GetPolicy")},
            "cam:ListAttachedUserAllPolicies": self.nobody,
        }
        if call.action not in deeds:
            return None
        self.cloud.calls.append(call)
        for rule in self.cloud.rules:
            if error := rule(call):
                raise error
        return {**deeds[call.action](call.params), "RequestId": f"req-{next(self.cloud.numbers)}"}

    def nobody(self, params):
        return {"Data": [], "PolicyList": [], "TotalNum": 0}

    def domains(self, params):
        rows = [{"Domain": name, "DomainId": f"id-{name}", "Edition": "clb-waf"} for name in DOMAINS]
        start = params.get("Offset", 0)
        return {"Total": len(rows), "Domains": rows[start : start + params["Limit"]]}

    def listed(self, params):
        found = [
            item
            for domain, item in self.entries.values()
            if domain == params["Domain"]
            and params.get("ActionType", item["ActionType"]) == item["ActionType"]
            and params.get("Ip", "") in item["Ip"]
        ]
        start = params.get("OffSet", 0)
        return {"Data": {"Res": found[start : start + params["Limit"]], "TotalCount": len(found)}}

    def done(self, answer):
        if self.after is not None:
            raise self.after
        return answer

    def put(self, domain, said, key=None):
        key = key or f"r{len(self.entries)}"
        self.entries[key] = (
            domain,
            {
                "Id": key,
                "Ip": said["ip"],
                "ActionType": said["action"],
                "Note": said["note"],
                "ValidTs": said["valid_ts"],
            },
        )
        return key

    def upsert(self, params):
        assert params["Edition"] == "clb-waf" if params["Items"] else "Edition" not in params
        failed = []
        for text in params["Items"]:
            said = json.loads(text)
            if said["ip"] in self.fails:
                failed.append(said["ip"])
            elif not self.deaf:
                self.put(params["Domain"], said, next(self.same(params["Domain"], said), None))
        return self.done({"FailedCount": len(failed), "FailedItems": ",".join(failed), "Ids": []})

    def same(self, domain, said):
        for key, (at, item) in self.entries.items():
            if (at, item["Ip"], item["ActionType"]) == (domain, said["ip"], said["action"]):
                yield key

    def delete(self, params):
        assert params["IsId"] is True
        assert not params.get("DeleteAll")
        gone = [key for key in params["Items"] if not self.deaf and self.entries.pop(key, None)]
        failed = [key for key in params["Items"] if key not in gone and not self.deaf]
        return self.done({"FailedCount": len(failed), "FailedItems": ",".join(failed)})

    def rules(self, params):
        start = params.get("Offset", 0)
        return {"Total": len(self.border), "Data": self.border[start : start + params["Limit"]]}

    def create(self, params):
        assert not params.get("Overwrite")
        for said in params["Data"] * self.deliveries:
            rule = {**said, "Strategy": int(said["Strategy"]), "Status": 1, "Id": 100 + len(self.border)}
            self.border.insert(said["OrderIndex"] - 1, rule)
        return self.done({"Status": 0, "Info": "success"})


@pytest.fixture
def walls(cloud, monkeypatch):
    made = Walls(cloud)
    theirs = cloud.answer
    monkeypatch.setattr(cloud, "answer", lambda call: made.answer(call) or theirs(call))
    return made


@pytest.fixture
def guarded(connector, walls, key):
    connector.onboard(name="prod", **key, features=["soc"])
    return connector


def words(endings):
    return {(one.address, one.place): one.word for one in endings}


def upserts(cloud):
    return [
        call for call in cloud.calls if call.action == "waf:UpsertIpAccessControl" and call.params["Items"]
    ]


def test_nothing_that_onboarding_tries_is_done(guarded, walls, cloud):
    tried = [call for call in cloud.calls if call.action.startswith(("waf:U", "waf:Delete", "cfw:C"))]
    assert {call.action: call.params for call in tried} == {
        "waf:UpsertIpAccessControl": {"Domain": DOMAINS[0], "Items": []},
        "waf:DeleteIpAccessControl": {"Domain": DOMAINS[0], "Items": ["none-00000000"], "IsId": True},
        "cfw:CreateAcRules": {"Data": [], "Overwrite": 0},
    }
    assert (walls.entries, walls.border) == ({}, [])
    assert guarded.accounts()[0].standing == "ACTIVE"


def test_an_address_is_kept_out_where_it_was_said_and_let_in_again(guarded, walls):
    endings = guarded.block("prod", [BAD, "45.83.65.0/24"], domains=[DOMAINS[1]], because="scans us")
    assert words(endings) == {(BAD, DOMAINS[1]): "blocked", ("45.83.65.0/24", DOMAINS[1]): "blocked"}
    assert {(domain, item["Ip"]) for domain, item in walls.entries.values()} == {
        (DOMAINS[1], BAD),
        (DOMAINS[1], "45.83.65.0/24"),
    }
    (first, second) = guarded.blocks("prod")
    assert (first.address, first.state, first.because) == (BAD, "BLOCKED", "scans us")
    assert first.rule in walls.entries
    assert walls.entries[first.rule][1]["Note"] == f"tcconnector:{first.id}"
    assert words(guarded.unblock("prod", [first.id, second.address])) == {
        (BAD, DOMAINS[1]): "let in",
        ("45.83.65.0/24", DOMAINS[1]): "let in",
    }
    assert walls.entries == {}
    assert guarded.blocks("prod") == []
    assert {one.state for one in guarded.blocks(ended=True)} == {"LIFTED"}


def test_what_is_asked_twice_is_done_once_and_longer_is_longer(guarded, walls, cloud, clock):
    guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert words(guarded.block("prod", [BAD], domains=[DOMAINS[0]], lasting_seconds=3600)) == {
        (BAD, DOMAINS[0]): "already blocked"
    }
    assert len(upserts(cloud)) == 1
    (before,) = guarded.blocks()
    guarded.block("prod", [BAD], domains=[DOMAINS[0]], lasting_seconds=7 * 86_400)
    (after,) = guarded.blocks()
    assert (after.id, after.rule) == (before.id, before.rule)
    assert after.until_ms > before.until_ms
    assert len(walls.entries) == 1


def test_a_block_is_over_when_its_time_is_and_may_be_made_anew(guarded, walls, clock):
    guarded.block("prod", [BAD], domains=[DOMAINS[0]], lasting_seconds=3600)
    clock.sleep(3600)
    assert [one.state for one in guarded.blocks()] == ["OVER"]
    assert words(guarded.block("prod", [BAD], domains=[DOMAINS[0]])) == {(BAD, DOMAINS[0]): "blocked"}
    assert [one.state for one in guarded.blocks()] == ["BLOCKED"]
    clock.sleep(2 * 86_400)
    assert words(guarded.unblock("prod", [BAD])) == {(BAD, DOMAINS[0]): "let in"}
    assert walls.entries == {}


def test_a_lost_answer_is_settled_by_looking(guarded, walls):
    walls.after = CloudError("ClientNetworkError", "the answer broke off")
    assert words(guarded.block("prod", [BAD], domains=[DOMAINS[0]])) == {(BAD, DOMAINS[0]): "blocked"}
    assert words(guarded.unblock("prod", [BAD])) == {(BAD, DOMAINS[0]): "let in"}


def test_what_cannot_be_looked_at_afterwards_is_unknown_until_it_can(guarded, walls, cloud):
    looks = iter(range(3))  # before it is asked for, the lists can be seen: its own two, and that for all

    def blind(call):
        if call.action == "waf:DescribeIpAccessControl" and next(looks, None) is None:
            return CloudError("InternalError", "not now", "req-blind")
        return None

    cloud.rules.append(blind)
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert (ending.word, ending.ok, ending.trouble.case) == ("unknown", False, "F22")
    assert [one.state for one in guarded.blocks()] == ["ASKED"]
    cloud.rules.clear()
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]], lasting_seconds=60)
    assert ending.word == "already blocked"
    assert [one.state for one in guarded.blocks()] == ["BLOCKED"]
    assert len(upserts(cloud)) == 1


def test_items_that_fail_inside_a_success_fail_alone(guarded, walls):
    walls.fails = {OTHER}
    endings = guarded.block("prod", [BAD, OTHER], domains=[DOMAINS[0]])
    assert words(endings) == {(BAD, DOMAINS[0]): "blocked", (OTHER, DOMAINS[0]): "refused"}
    (refused,) = [one for one in endings if not one.ok]
    assert (refused.trouble.case, OTHER in refused.detail) == ("UNDONE", True)
    assert [one.address for one in guarded.blocks()] == [BAD]


def test_a_success_that_shows_nothing_is_not_believed(guarded, walls):
    walls.deaf = True
    assert words(guarded.block("prod", [BAD], domains=[DOMAINS[0]])) == {(BAD, DOMAINS[0]): "unknown"}
    walls.deaf = False
    guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    walls.deaf = True
    assert words(guarded.unblock("prod", [BAD])) == {(BAD, DOMAINS[0]): "unknown"}
    assert [one.state for one in guarded.blocks()] == ["BLOCKED"]


def test_what_others_have_blocked_stays_theirs(guarded, walls, clock, cloud):
    said = {"ip": BAD, "action": 42, "note": "by hand", "valid_ts": int(clock.seconds) + 60}
    walls.put(DOMAINS[0], said, "theirs")
    before = dict(walls.entries)
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert (ending.word, "theirs" in ending.detail) == ("already blocked", True)
    clock.sleep(3600)
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert (ending.word, "theirs" in ending.detail) == ("refused", True)
    assert walls.entries == before
    assert upserts(cloud) == []
    assert guarded.blocks(ended=True) == []


def test_what_is_let_pass_is_not_kept_out(guarded, walls, clock):
    until = int(clock.seconds) + 60
    walls.put(DOMAINS[0], {"ip": "45.83.64.0/25", "action": 40, "note": "", "valid_ts": until}, "partner")
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert (ending.word, "partner" in ending.detail) == ("refused", True)
    clock.sleep(3600)
    assert words(guarded.block("prod", [BAD], domains=[DOMAINS[0]])) == {(BAD, DOMAINS[0]): "blocked"}


def test_a_rule_that_somebody_changed_since_is_left_to_them(guarded, walls):
    guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    (one,) = guarded.blocks()
    walls.entries[one.rule][1]["Note"] = "mine now"
    (ending,) = guarded.unblock("prod", [BAD])
    assert (ending.word, one.rule in ending.detail) == ("refused", True)
    assert one.rule in walls.entries
    del walls.entries[one.rule]
    assert words(guarded.unblock("prod", [BAD])) == {(BAD, DOMAINS[0]): "not there"}


def test_the_border_is_for_good_and_says_so_before_and_after(guarded, walls, cloud):
    with pytest.raises(BadInput, match="for good"):
        guarded.block("prod", [BAD], border=True)
    assert words(guarded.block("prod", [BAD], border=True, for_good=True)) == {(BAD, "border"): "blocked"}
    assert guarded.blocks()[0].until_ms is None
    rule = walls.border[0]
    assert (rule["SourceIp"], rule["OrderIndex"], rule["Direction"]) == (f"{BAD}/32", 1, 1)
    assert words(guarded.block("prod", [BAD], border=True, for_good=True)) == {
        (BAD, "border"): "already blocked"
    }
    (ending,) = guarded.unblock("prod", [BAD])
    assert (ending.word, str(rule["Id"]) in ending.detail) == ("refused", True)
    walls.border.clear()
    assert words(guarded.unblock("prod", [BAD])) == {(BAD, "border"): "not there"}


def test_a_rule_that_the_network_made_twice_is_told_of_whole(guarded, walls):
    walls.deliveries = 2
    (ending,) = guarded.block("prod", [BAD], border=True, for_good=True)
    assert (ending.word, ending.detail) == ("blocked", "by rules 101, 100, for good")
    (ending,) = guarded.block("prod", [BAD], border=True, for_good=True)
    assert (ending.word, ending.detail) == ("already blocked", "by rules 101, 100, for good")
    assert len(walls.border) == 2
    (ending,) = guarded.unblock("prod", [BAD])
    assert (ending.word, "rules 101, 100" in ending.detail) == ("refused", True)


def test_whoever_a_rule_at_the_border_lets_pass_by_a_hidden_name_is_told_of(guarded, walls):
    hidden = {"Id": 7, "SourceIp": "mb_partners", "SourceType": 5, "Strategy": 2, "Direction": 1, "Status": 1}
    walls.border.append(hidden)
    for word in ("would block", "blocked", "already blocked"):
        (ending,) = guarded.block("prod", [BAD], border=True, for_good=True, dry_run=word == "would block")
        assert ending.word == word
        assert "whether it is among those that 7 (mb_partners) lets pass cannot be seen" in ending.detail
    hidden["Status"] = 0
    (ending,) = guarded.block("prod", [BAD], border=True, for_good=True)
    assert "cannot be seen" not in ending.detail


def test_where_the_border_cannot_be_looked_at_nothing_is_done(guarded, walls, cloud):
    cloud.fail("InvalidAction", action="cfw:DescribeBorderACLList")
    (ending,) = guarded.block("prod", [BAD], border=True, for_good=True)
    assert (ending.word, ending.trouble.case) == ("refused", "UNSERVED")
    assert walls.border == []


def test_a_denied_look_does_nothing_and_says_what_to_grant(guarded, walls, cloud):
    cloud.deny("waf:DescribeIpAccessControl")
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert (ending.word, ending.trouble.missing) == ("refused", ("waf:DescribeIpAccessControl",))
    assert upserts(cloud) == []


def test_a_denied_write_says_what_to_grant(guarded, walls, cloud):
    cloud.deny("waf:UpsertIpAccessControl")
    (ending,) = guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert (ending.word, ending.trouble.missing) == ("refused", ("waf:UpsertIpAccessControl",))
    assert [one.state for one in guarded.blocks(ended=True)] == ["REFUSED"]


def test_domains_that_cannot_be_listed_are_a_refusal(guarded, cloud):
    cloud.deny("waf:DescribeDomains")
    with pytest.raises(Refused) as caught:
        guarded.block("prod", [BAD], everywhere=True)
    assert caught.value.troubles[0].missing == ("waf:DescribeDomains",)


@pytest.mark.parametrize(
    ("passes", "where", "refused"),
    [
        ("global", {"domains": DOMAINS}, {*DOMAINS}),
        (DOMAINS[1], {"domains": DOMAINS}, {DOMAINS[1]}),
        (DOMAINS[1], {"everywhere": True}, {"global"}),
    ],
)
def test_what_one_list_lets_pass_another_does_not_block(guarded, walls, passes, where, refused):
    walls.put(passes, {"ip": "45.83.64.0/24", "action": 40, "note": "partners", "valid_ts": 0})
    endings = guarded.block("prod", [BAD], **where)
    assert {one.place for one in endings if one.word == "refused"} == refused
    assert all(f"(45.83.64.0/24) at {passes}" in one.detail for one in endings if one.place in refused)
    assert {one.word for one in endings if one.place not in refused} <= {"blocked"}
    assert len(walls.entries) == 1 + len(endings) - len(refused)


def test_a_dry_run_looks_and_does_nothing(guarded, walls, cloud):
    assert words(guarded.block("prod", [BAD], everywhere=True, dry_run=True)) == {
        (BAD, "global"): "would block"
    }
    assert (upserts(cloud), walls.entries, guarded.blocks(ended=True)) == ([], {}, [])
    guarded.block("prod", [BAD], domains=[DOMAINS[0]])
    assert words(guarded.unblock("prod", [BAD], dry_run=True)) == {(BAD, DOMAINS[0]): "would let in"}
    assert len(walls.entries) == 1


@pytest.mark.parametrize(
    ("addresses", "where", "told"),
    [
        (["10.0.0.1"], {}, "not of the public internet"),
        (["127.0.0.1", "fe80::1", "224.0.0.5", "0.0.0.0"], {}, "not of the public internet"),
        (["45.83.0.0/16"], {}, "wider than a /24"),
        (["2a01:4f8::/32"], {}, "wider than a /48"),
        (["45.83.64.7/24"], {}, "expected an address"),
        (["nobody"], {}, "expected an address"),
        ([], {}, "at least one"),
        (["9.9.9.9"], {}, "never blocked"),
        ([BAD], {"domains": []}, "expected domains, everywhere, or the border"),
        ([BAD], {"everywhere": True}, "say everywhere"),
        ([BAD], {"lasting_seconds": 1}, "expected 60"),
        ([BAD], {"domains": ["unknown.example.com"]}, "not guarded"),
    ],
)
def test_what_may_not_be_blocked_is_refused_before_anything_is_done(
    make_connector, walls, key, addresses, where, told
):
    connector = make_connector(never_block=["9.9.9.0/24"])
    connector.onboard(name="prod", **key, features=["soc"])
    with pytest.raises(BadInput, match=told):
        connector.block("prod", addresses, **{"domains": [DOMAINS[0]], **where})
    assert (walls.entries, connector.blocks(ended=True)) == ({}, [])


def test_never_block_comes_from_the_environment_too(make_connector):
    with pytest.raises(BadInput, match="TCCONNECTOR_NEVER_BLOCK"):
        make_connector(environment={"TCCONNECTOR_NEVER_BLOCK": "9.9.9.9, office"})


def test_an_account_that_was_not_onboarded_for_it_is_refused(onboarded, walls):
    with pytest.raises(BadInput, match="not for soc"):
        onboarded.block("prod", [BAD], everywhere=True)
    with pytest.raises(NotFound, match=BAD):
        onboarded.unblock("prod", [BAD])


def test_a_feature_that_reads_nothing_by_region_takes_none(connector, walls, key):
    with pytest.raises(BadInput, match="soc reads nothing region by region"):
        connector.onboard(name="prod", **key, features=["soc"], regions=["ap-guangzhou"])


@pytest.mark.parametrize("until", [0, None, "for ever"])
def test_what_is_let_pass_without_an_end_is_let_pass(guarded, walls, until):
    walls.put(DOMAINS[0], {"ip": BAD, "action": 40, "note": "", "valid_ts": until}, "partner")
    assert words(guarded.block("prod", [BAD], domains=[DOMAINS[0]])) == {(BAD, DOMAINS[0]): "refused"}
