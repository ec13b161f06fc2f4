"""What a plan does to one request, at arrival and at departure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.contract.model import Action
from emulator.faults.plan import Firing, Moment, Plan
from emulator.tables.call import Caller
from emulator.wire.claim import Claim
from emulator.wire.reply import Reply
