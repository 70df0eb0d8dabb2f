from .commands import (
    gupta_parameters,
    nichol_ackland_parameters,
    potential_commands,
    potential_elements,
    potential_version,
    published_gupta_parameters,
)
from .gupta import GuptaParameters
from .nichol_ackland import NicholAcklandParameters

__all__ = [
    "GuptaParameters",
    "NicholAcklandParameters",
    "gupta_parameters",
    "nichol_ackland_parameters",
    "potential_commands",
    "potential_elements",
    "potential_version",
    "published_gupta_parameters",
]
