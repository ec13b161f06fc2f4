"""What of the real cloud's behaviour an account shows only when told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The switches of one account; the same names in Python, JSON, TOML and on the command line."""

    rate_limits: bool = False
    """Whether calls beyond an action's limit are refused with ``RequestLimitExceeded``."""
    transition_pace: float = 1.0
    """How long life cycles take (an instance that starts, a disk that is attached), as a multiple of what
    they usually take; 0 is at once."""
    unpublished_actions: bool = False
    """Whether actions that policies name and the public metadata lacks are served, as far as their shapes are
    known; the public gateway answers them with ``InvalidAction``."""
    propagation_seconds: float = 0.0
    """How long a change to users, groups, roles, policies or long-term keys waits, by the account's clock,
    until it takes effect: grants and revocations, whoever makes them. CAM's own answers show it at once."""

    def having(self, changes: Mapping[str, object], where: str = "") -> Settings:
        """These settings with some changed.

        Raises:
            BadInput: all that is wrong, at once, each with its path below ``where``.
        """
        from emulator.faults.spec import Fields

        fields = Fields(changes, where)
        found = replace(
            self,
            rate_limits=fields.flag("rate_limits", default=self.rate_limits),
            transition_pace=fields.number("transition_pace", self.transition_pace, least=0),
            unpublished_actions=fields.flag("unpublished_actions", default=self.unpublished_actions),
            # Documented: CAM's changes take effect within a minute or so.
            propagation_seconds=fields.number("propagation_seconds", self.propagation_seconds, least=0),
        )
        fields.finish()
        return found

    def as_spec(self) -> dict[str, object]:
        """All of them, by name."""
        return asdict(self)
