"""How hosts and their primary network interfaces are named after each other."""

from __future__ import annotations

# Assumed: a primary interface goes by the same letters as its host; the real ones are told by nothing.
_HOST, _INTERFACE = "ins-", "eni-"


def interface_of(host: str) -> str:
    """The id of a host's primary interface."""
    return _INTERFACE + host.removeprefix(_HOST)


def host_of(interface: str) -> str:
    """The id of the host whose primary interface this would be."""
    return _HOST + interface.removeprefix(_INTERFACE)
