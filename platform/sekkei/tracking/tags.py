"""Tags of registered versions, and what they mean where they are missing."""

OLD_STATE_TAG = "sekkei.lake_snapshot"
"""Tag of the lake's state on versions that were registered before it was called so."""

FAMILY_TAG = "sekkei.family"
"""Tag of the family of a version."""

OLD_FAMILY = "direct"
"""Family of versions that were registered before there were others."""
