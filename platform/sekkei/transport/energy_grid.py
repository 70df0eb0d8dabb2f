"""What the energies of a labeler's options must keep, so that a label is what it says."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

MOST_ENERGIES = 100_000
"""More energies than that would not fit a memory, let alone a figure."""


def check_window(window_ev: float, range_ev: float) -> None:
    """Refuse a window of which the energies hold only a part.

    Raises
    ------
    ValueError
        If it is wider than the energies.
    """
    if not window_ev <= range_ev:
        raise ValueError(
            f"the window must be within the energies of ± {range_ev:g} eV, but is ± {window_ev:g} "
            "eV; take a narrower window or a wider range of energies"
        )


# The second argument is pydantic's `ValidationInfo`, a protocol that beartype cannot check.
def _step(step_ev: float, info: Any) -> float:
    range_ev = info.data.get("energy_range_ev", step_ev)
    n_energy = 2.0 * range_ev / step_ev + 1.0
    if not n_energy <= MOST_ENERGIES:
        raise ValueError(
            f"there must be at most {MOST_ENERGIES:,} energies, but ± {range_ev:g} eV in steps of "
            f"{step_ev:g} eV are {n_energy:.3g}; take a larger energy_step_ev or a smaller "
            "energy_range_ev"
        )
    return step_ev


def _window(window_ev: float, info: Any) -> float:
    check_window(window_ev, info.data.get("energy_range_ev", window_ev))
    return window_ev


EnergyStep = Annotated[
    float, Field(gt=0.0, allow_inf_nan=False, validate_default=True), AfterValidator(_step)
]
"""Field ``energy_step_ev`` of options, after ``energy_range_ev``."""

WindowWidth = Annotated[float, Field(gt=0.0, validate_default=True), AfterValidator(_window)]
"""Field ``window_ev`` of options, after ``energy_range_ev``."""
