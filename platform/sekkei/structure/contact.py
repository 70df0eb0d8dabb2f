"""Contacts: a wire between two rigid grips, with a neck in the middle."""

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Int
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.element import lattice_constant
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction, parse_element

GRIP_PERIODS = 2
"""Rigid periods of the electrode at each end."""

_SAME_LAYER_ANGSTROM = 1e-3


def build_contact(spec: ContactSpec) -> Junction:
    """Build a contact as cut from the crystal, before anything moves.

    Two grips of whole electrode periods (regions -1 and +1, the right one an exact translate of
    the left one) hold a device of ``device_periods`` periods, of whose middle ``neck_length``
    layers only the ``neck_width`` atoms nearest the axis are left. An alloyed device has the
    composition asked for as exactly as whole atoms allow, at random sites, and Vegard's lattice
    constant [1]_ in all directions; layers next to a grip stand at the mean of both spacings.

    Raises
    ------
    InvalidInputError
        If the neck is longer than the device.

    References
    ----------
    .. [1] L. Vegard, Z. Phys. 5, 17 (1921), doi:10.1007/BF01349680.

    Examples
    --------
    >>> build_contact(ContactSpec(neck_width=5)).n_atom
    81
    """
    wire = build_electrode(spec.electrode, spec.lead_element)
    grip, body = wire.repeated(GRIP_PERIODS), wire.repeated(spec.device_periods)
    kept = body.positions[_outside_neck(body, spec.neck_length, spec.neck_width)]
    numbers = _alloy(spec, len(kept))
    scale = _vegard(spec) / lattice_constant(spec.lead_element)
    gap = 0.5 * (scale - 1.0) * _layer_spacing(wire)
    device = kept * scale + [0.0, 0.0, grip.period + gap]
    # Whole device plus both gaps: with scale 1 this is just the device's own period.
    right = grip.positions + np.array([0.0, 0.0, grip.period + body.period * scale])
    return Junction.from_sequences(
        np.concatenate([grip.numbers, numbers, grip.numbers]),
        np.vstack([grip.positions, device, right]),
        np.repeat([LEFT, DEVICE, RIGHT], [len(grip.positions), len(kept), len(grip.positions)]),
        wire.period,
    )


def _outside_neck(body: Electrode, length: int, width: int) -> Int[np.ndarray, " kept"]:
    layers = _layers(body)
    if length > len(layers):
        raise InvalidInputError(
            f"the neck must fit the device of {len(layers)} layers, but neck_length is {length}; "
            "raise device_periods",
            neck_length=length,
            layers=len(layers),
        )
    first = (len(layers) - length) // 2
    kept = [
        _nearest_axis(body, layer)[:width] if first <= i < first + length else layer
        for i, layer in enumerate(layers)
    ]
    return np.sort(np.concatenate(kept))


def _layers(body: Electrode) -> list[Int[np.ndarray, " layer"]]:
    order = np.argsort(body.positions[:, 2], kind="stable")
    steps = np.diff(body.positions[order, 2]) > _SAME_LAYER_ANGSTROM
    return np.split(order, np.flatnonzero(steps) + 1)


def _nearest_axis(body: Electrode, layer: Int[np.ndarray, " layer"]) -> Int[np.ndarray, " layer"]:
    # Rounded, so that equal distances tie and the order of the sites decides on every machine.
    radius = np.round(np.hypot(body.positions[layer, 0], body.positions[layer, 1]), 6)
    return layer[np.argsort(radius, kind="stable")]


def _layer_spacing(wire: Electrode) -> float:
    return wire.period / len(_layers(wire))


def _vegard(spec: ContactSpec) -> float:
    return sum(x * lattice_constant(symbol) for symbol, x in sorted(spec.composition.items()))


def _alloy(spec: ContactSpec, n_site: int) -> Int[np.ndarray, " site"]:
    symbols = sorted(spec.composition)
    exact = np.array([spec.composition[symbol] for symbol in symbols]) * n_site
    counts = np.floor(exact).astype(np.int64)
    # Largest remainder, rounded so that equal remainders tie and the alphabet decides.
    order = np.argsort(-np.round(exact - counts, 9), kind="stable")
    counts[order[: n_site - int(counts.sum())]] += 1
    numbers = np.repeat([parse_element(symbol) for symbol in symbols], counts)
    return np.random.default_rng(spec.seed).permutation(numbers)
