"""Contacts: a wire between two rigid grips, with a neck in the middle."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.spatial import cKDTree

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.element import lattice_constant
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction, parse_element

GRIP_PERIODS = 2
"""Rigid periods of the electrode at each end."""

_SAME_LAYER_ANGSTROM = 1e-3

_SHELLS = 1.2
"""Lattice constants within which atoms of bcc are neighbours: two shells, of 8 and 6."""


def build_contact(spec: ContactSpec) -> Junction:
    """Build a contact as cut from the crystal, before anything moves.

    Two grips of whole electrode periods (regions -1 and +1, the right one an exact translate of
    the left one) hold a device of ``device_periods`` periods, of whose middle ``neck_length``
    layers only the ``neck_width`` atoms nearest the axis are left; over ``taper`` further layers on
    each side it widens to whole layers. An alloyed device has the
    composition asked for as exactly as whole atoms allow, at sites that `ContactSpec.placement`
    chooses, and Vegard's lattice constant [1]_ in all directions; layers next to a grip stand at
    the mean of both spacings.

    Raises
    ------
    InvalidInputError
        If the neck and its tapers are longer than the device.

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
    kept = body.positions[_outside_neck(body, spec)]
    numbers = _alloy(spec, len(kept), partial(_order, spec, wire, kept))
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


def _outside_neck(body: Electrode, spec: ContactSpec) -> Int[np.ndarray, " kept"]:
    layers = _layers(body)
    _check_length(spec, len(layers))
    first = (len(layers) - spec.neck_length) // 2
    last = first + spec.neck_length - 1
    away = [max(first - i, i - last, 0) for i in range(len(layers))]
    kept = [
        _nearest_axis(body, layer)[: _width(spec, len(layer), n)]
        for layer, n in zip(layers, away, strict=True)
    ]
    return np.sort(np.concatenate(kept))


def _check_length(spec: ContactSpec, n_layer: int) -> None:
    length = spec.neck_length + 2 * spec.taper
    if length <= n_layer:
        return
    tapered = f" and taper is {spec.taper}" if spec.taper else ""
    raise InvalidInputError(
        f"the neck must fit the device of {n_layer} layers, but neck_length is "
        f"{spec.neck_length}{tapered}; raise device_periods",
        neck_length=spec.neck_length,
        layers=n_layer,
    )


def _width(spec: ContactSpec, whole: int, away: int) -> int:
    """Return how many atoms a layer keeps that is so many layers away from the neck."""
    if away > spec.taper:
        return whole
    narrow = min(spec.neck_width, whole)
    return narrow + (whole - narrow) * away // (spec.taper + 1)


def widest_layer(electrode: Electrode) -> int:
    """Return how many atoms the fullest layer of an electrode has: no neck is wider."""
    return max(layer.size for layer in _layers(electrode))


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


def _alloy(
    spec: ContactSpec, n_site: int, order_of: Callable[[np.random.Generator], np.ndarray]
) -> Int[np.ndarray, " site"]:
    symbols = sorted(spec.composition)
    exact = np.array([spec.composition[symbol] for symbol in symbols]) * n_site
    counts = np.floor(exact).astype(np.int64)
    # Largest remainder, rounded so that equal remainders tie and the alphabet decides.
    order = np.argsort(-np.round(exact - counts, 9), kind="stable")
    counts[order[: n_site - int(counts.sum())]] += 1
    numbers = np.repeat([parse_element(symbol) for symbol in symbols], counts)
    generator = np.random.default_rng(spec.seed)
    if spec.placement == "random":
        return generator.permutation(numbers)
    most = parse_element(spec.most_abundant)
    others = generator.permutation(numbers[numbers != most])
    placed = np.full(n_site, most)
    placed[order_of(generator)[: len(others)]] = others
    return placed


def _order(
    spec: ContactSpec,
    wire: Electrode,
    sites: Float[np.ndarray, "site 3"],
    generator: np.random.Generator,
) -> Int[np.ndarray, " site"]:
    """Order sites of the device by how much they are in the neck, or at the surface."""
    length = wire.period * spec.device_periods
    if spec.placement == "neck":
        away = np.abs(sites[:, 2] - 0.5 * (length - _layer_spacing(wire)))
    else:
        grips = wire.repeated(GRIP_PERIODS)
        up = np.array([0.0, 0.0, 1.0])
        below, above = grips.positions - grips.period * up, grips.positions + length * up
        every = np.vstack([sites, below, above])
        near = _SHELLS * lattice_constant(spec.lead_element)
        away = cKDTree(every).query_ball_point(sites, near, return_length=True)
    # Of sites that are alike the seed chooses.
    return np.lexsort((generator.random(len(sites)), np.round(away, 3)))
