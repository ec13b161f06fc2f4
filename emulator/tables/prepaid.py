"""What is paid in advance: for how many months, and whether it is renewed."""

from __future__ import annotations

PERIODS = (*range(1, 13), 24, 36)
"""Documented: the months that can be bought at once; hosts can be bought for four and five years as well."""
RENEW_BY_ITSELF, RENEW_BY_HAND = "NOTIFY_AND_AUTO_RENEW", "NOTIFY_AND_MANUAL_RENEW"
RENEW_FLAGS = (RENEW_BY_ITSELF, RENEW_BY_HAND, "DISABLE_NOTIFY_AND_MANUAL_RENEW")
