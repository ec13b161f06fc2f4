"""A store with one account, written to reading by reading."""

from connector.model import Key, Region, Secret, Standing
from connector.outcome import Complete, Item, Meaning, Place, Why
from connector.store import accounts, assets, history, jobs, readings
from connector.store.vault import Vault

WHY = Why(meaning=Meaning.DENIED, action="cvm:DescribeInstances", message="no", code="UnauthorizedOperation")
REGION = "ap-guangzhou"


class Book:
    """A store with one account, written to reading by reading."""

    def __init__(self, database):
        self.database = database
        self.vault = Vault(b"k" * 32)
        admission = accounts.Admission(
            name="prod",
            identity=None,
            key=Key("AKID" + "a" * 32, Secret("s")),
            features=("host",),
            endpoint=None,
            regions=(Region(name=REGION, title="Guangzhou"),),
            follows_new_regions=True,
            standing=Standing.ACTIVE,
            message="",
        )
        self.account = accounts.admit(database, self.vault, admission, 0)
        self.now_ms = 0

    def begin(self, kind="host"):
        self.now_ms += 1000
        target = readings.Target(
            account_id=self.account.id,
            owner="1",
            cred_version=self.account.cred_version,
            kind=kind,
            region=REGION,
            action=f"test:{kind}",
            is_detail="." in kind,
        )
        job_id = jobs.open_job(self.database, self.account.id, "sync", self.now_ms)
        return readings.begin(self.database, [target], job_id=job_id, now_ms=self.now_ms)[0]

    def record(self, outcome, ticket=None, facts=()):
        return readings.record(self.database, ticket or self.begin(), outcome, self.now_ms, facts)

    def shows(self, *ids, total=..., kind="host", **more):
        shown = Complete(items(*ids, **more), len(ids) if total is ... else total)
        return self.record(shown, self.begin(kind))

    def tells(self, *facts, outcome=None):
        """What a detail's reading says of hosts."""
        return self.record(outcome or Complete((), 0), self.begin("host.agent"), facts)

    def states(self, kind="host"):
        return {one.native_id: one.state for one in self.all(kind)}

    def all(self, kind="host"):
        return assets.list_assets(self.database, kind, gone=True)

    def one(self, key):
        (found,) = assets.find_assets(self.database, key)
        return found

    def proofs(self, key):
        """What is known of an asset, by the read that said so."""
        return {proof.action: proof for proof in history.proofs_of(self.database, self.one(key).id)}

    def ties(self, key):
        """An asset's ties: what each is, which way it goes, to whom, and whether that one was seen."""
        return {
            (tie.kind, tie.is_from_here, tie.other_key, tie.state)
            for tie in history.ties_of(self.database, self.one(key))
        }


def items(*ids, name="web", parent=None, links=()):
    return tuple(
        Item(
            key=one,
            name=name,
            raw={"InstanceId": one, "n": name},
            fields={"a": name},
            request_id=f"req-{one}",
            parent=Place("host", REGION, parent) if parent else None,
            links=links,
        )
        for one in ids
    )
