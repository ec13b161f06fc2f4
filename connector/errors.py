"""Every error the connector can meet or say.

::

    Exception
      CloudError          what a cloud answered, or why no answer came: Code, Message, RequestId
      ConnectorError      what we say to whoever runs the connector
        BadInput          something given to us is wrong: every violation, each with its place
        NotFound          an account, a row or a file that was named is not there
        SecretUnreadable  a stored secret cannot be opened with the master key at hand
        Refused           what was asked for cannot be begun: every reason, each with what to do
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.model import Trouble


class CloudError(Exception):
    """A call that brought no result.

    ``code`` is the cloud's own, or one of the two the SDK uses when there was no usable answer:
    ``ClientNetworkError`` and ``ServerNetworkError``. ``request_id`` is empty where no answer came.
    """

    def __init__(self, code: str, message: str, request_id: str = "") -> None:
        super().__init__(code, message, request_id)
        self.code = code
        self.message = message
        self.request_id = request_id

    def __str__(self) -> str:
        told = f" (RequestId {self.request_id})" if self.request_id else ""
        return f"{self.code}: {self.message}{told}"


class ConnectorError(Exception):
    """What the connector says to the person who runs it."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong, where it is, and what was expected there."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class BadInput(ConnectorError):
    """Something given to us is wrong; ``violations`` holds all of it."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(str(violation) for violation in self.violations))

    @classmethod
    def at(cls, where: str, message: str) -> BadInput:
        """One violation."""
        return cls([Violation(where, message)])


class NotFound(ConnectorError):
    """What was named is not there."""


class SecretUnreadable(ConnectorError):
    """A stored secret cannot be opened: another master key sealed it, or it was tampered with."""


class Refused(ConnectorError):
    """What was asked for was not even begun, and nothing of it was stored."""

    def __init__(self, step: str, troubles: Iterable[Trouble]) -> None:
        self.step = step
        self.troubles = tuple(troubles)
        super().__init__(f"{step}: " + "; ".join(str(trouble) for trouble in self.troubles))
