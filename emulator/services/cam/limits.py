"""How much of everything one account may have."""

from __future__ import annotations

# Documented: all of them, but those marked.
USERS = 1000
GROUPS = 300
ROLES = 1000
POLICIES = 1500
GROUPS_OF_A_USER = 10
USERS_OF_A_GROUP = 100
POLICIES_OF_A_HOLDER = 200
"""Attached directly, to one user, group or role."""
KEYS_OF_A_USER = 2
# Assumed: that a policy has five versions, and an account ten providers of each kind and fifty tags a thing.
VERSIONS_OF_A_POLICY = 5
PROVIDERS = 10
TAGS = 50
RECEIVERS = 100

DESCRIPTION_BYTES = 300
"""Documented: of policies and roles."""
