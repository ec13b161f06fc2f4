"""The evidence says of each modelled action which real clients drove it: those that were seen to."""

import json
import os
from pathlib import Path

from emulator.contract.catalog import catalog
from emulator.gateway.perform import Repertoire
from scenarios import evidence

AGAIN = "run: make fidelity"


def test_the_evidence_names_every_client_that_was_seen_and_no_other(witness):
    modelled = Repertoire(catalog()).modelled
    seen = {action: clients for action, clients in witness.clients().items() if action in modelled}
    told = evidence.clients_in(evidence.read())
    file = os.environ.get(evidence.WITNESS_FILE)
    if file is not None:
        assert witness.is_whole, "some tests with real clients were left out"
        Path(file).write_text(json.dumps(seen), "utf-8")
        return
    new = {
        action: clients for action, clients in seen.items() if not set(clients) <= set(told.get(action, ()))
    }
    assert not new, AGAIN
    if witness.is_whole:  # else it would be no wonder that some were not seen
        assert seen == told, AGAIN


def test_the_journal_says_what_a_client_calls_itself(account):
    client = account.client("sts", "2018-08-13")
    request_id = client.call_json("GetCallerIdentity", {})["Response"]["RequestId"]
    assert account.why(request_id)["Client"].startswith("SDK_PYTHON_")
