"""Electrodes at every k-point across: one for a wire, a few for a surface."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sekkei.errors import ElectrodeError
from sekkei.shapes import Float
from sekkei.transport.electrode.matrices import ElectrodeMatrices

_SAME_K = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class LateralElectrode:
    """A perfect electrode at its k-points across; time reversal stands for half of them."""

    k_points: Float[np.ndarray, "k 2"]
    """Across, in units of the reciprocal periods; a wire has the zone centre alone."""

    weights: Float[np.ndarray, " k"]
    """They add up to 1."""

    parts: tuple[ElectrodeMatrices, ...]
    """The electrode at each of them."""

    @property
    def fermi_level(self) -> float:
        """In eV, the same at every k-point."""
        return self.parts[0].fermi_level

    @property
    def n_channel(self) -> int:
        """Most channels that are open at one k-point: what bounds the conductance."""
        return max(part.n_channel for part in self.parts)

    @property
    def mean_channel(self) -> float:
        """Open channels averaged over k: the conductance of the perfect crystal, per cell."""
        return float(self.weights @ [part.n_channel for part in self.parts])

    @property
    def layer_periods(self) -> int:
        """Periods in the thickest principal layer."""
        return max(part.layer_periods for part in self.parts)

    def check_usable(self, edge_ev: float) -> None:
        """Refuse an electrode that does not conduct, or a wire with a band edge near E_F.

        Bands of a surface start at an energy that varies from k-point to k-point, so that one of
        them near the Fermi level moves the mean by little: it is no reason to refuse.

        Raises
        ------
        ElectrodeError
            If no channel is open at any k-point.
        BandEdgeError
            If a band of a wire starts or ends within ``edge_ev`` of the Fermi level.
        """
        if len(self.parts) == 1:
            self.parts[0].check_usable(edge_ev)
        if self.n_channel == 0:
            raise ElectrodeError(
                "an electrode must have open channels at the Fermi level, but has none at "
                f"{len(self.parts)} k-points; is electrode_period_angstrom right?"
            )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "LateralElectrode":
        """Read what `lateral_arrays` made."""
        n_k = len(arrays["weights"])
        return cls(
            k_points=arrays["k_points"],
            weights=arrays["weights"],
            parts=tuple(ElectrodeMatrices.from_arrays(_part(arrays, i)) for i in range(n_k)),
        )


def lateral_arrays(
    k_points: Float[np.ndarray, "k 2"],
    weights: Float[np.ndarray, " k"],
    parts: Iterable[Mapping[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Put what `electrode_arrays` made at each k-point across into one record."""
    named = {
        f"k{i}.{name}": values for i, part in enumerate(parts) for name, values in part.items()
    }
    return {"k_points": k_points, "weights": weights, **named}


def half_of(k_points: Float[np.ndarray, "all 2"]) -> tuple[np.ndarray, np.ndarray]:
    """Return one of each pair of k and -k, and the weights.

    Time reversal makes the transmission at k that at -k with the leads exchanged, and between two
    leads both ways are equal.
    """
    kept: list[np.ndarray] = []
    counts: list[float] = []
    for k_point in k_points:
        same = [_equal(k_point, other) or _equal(-k_point, other) for other in kept]
        if any(same):
            counts[same.index(True)] += 1.0
        else:
            kept.append(k_point)
            counts.append(1.0)
    return np.array(kept), np.array(counts) / len(k_points)


def at_lateral(k_points: Float[np.ndarray, "k 3"], lateral: Float[np.ndarray, " 2"]) -> np.ndarray:
    """Say which k-points lie above one across."""
    return np.array([_equal(k_point[:2], lateral) for k_point in k_points])


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    away = one - other
    return bool(np.abs(away - np.round(away)).max() < _SAME_K)


def _part(arrays: Mapping[str, np.ndarray], i: int) -> dict[str, np.ndarray]:
    start = f"k{i}."
    return {
        name.removeprefix(start): values
        for name, values in arrays.items()
        if name.startswith(start)
    }
