"""Whether a Ray answers, asked before Ray is imported: that takes seconds, and Ray is patient."""

import os

from sekkei.errors import ClusterError, InvalidInputError
from sekkei.reach import why_silent

SILENT = (
    "a Ray cluster with its dashboard must answer at {address}, but none does ({reason}); see that "
    "ray[default] is installed on its head, and that the port is open or forwarded"
)
"""What is said where no dashboard answers."""


def check_ray(address: str | None) -> None:
    """See that a running Ray answers; Ray itself would try for minutes and end the process.

    Raises
    ------
    InvalidInputError
        If none does. Nothing is asked of ``auto``, nor of a Ray that wants TLS.
    """
    is_encrypted = os.environ.get("RAY_USE_TLS", "0") != "0"
    if address is None or ":" not in address or is_encrypted:
        return
    reason = why_silent(address)
    if reason is not None:
        raise InvalidInputError(
            f"a Ray must answer at {address}, but: {reason}; start one there, or leave the address "
            "out to work on this machine",
            address=address,
        )


def check_dashboard(address: str) -> None:
    """See that the dashboard of a cluster answers, by which jobs are sent.

    Raises
    ------
    InvalidInputError
        If the address is not that of a dashboard.
    ClusterError
        If nothing answers there.
    """
    if not address.startswith(("http://", "https://")):
        raise InvalidInputError(
            "the address of a cluster must be that of its dashboard, http://HOST:8265, but "
            f"found {address}"
        )
    reason = why_silent(address)
    if reason is not None:
        raise ClusterError(SILENT.format(address=address, reason=reason))
