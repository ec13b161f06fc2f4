"""NAT gateways: how hosts without addresses of their own reach the internet, and are reached."""

from __future__ import annotations

from emulator.services.vpc.nat import gateways, translations

ACTIONS = (*gateways.ACTIONS, *translations.ACTIONS)
