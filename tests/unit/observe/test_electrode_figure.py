"""The figure of an electrode's channels."""

import numpy as np
import pytest

from sekkei.observe.figures import as_bytes
from sekkei.observe.figures.electrode import channels_figure
from sekkei.transport.electrode.scan import ElectrodeScan


def scan(edge: float, smearing: float | None) -> ElectrodeScan:
    energies = np.round(np.arange(-500, 501) * 0.001, 6)
    return ElectrodeScan(
        energies=energies,
        channels=3 + 2 * (energies >= edge - 1e-9).astype(np.int64),
        n_channel=3,
        edge_distance=edge,
        edge_limit=0.02,
        smearing=smearing,
        window=smearing,
        engine="none",
    )


def test_a_panel_shows_steps_the_nearest_edge_and_the_verdict() -> None:
    figure = channels_figure({"K good": scan(0.3, 0.0), "K bad": scan(0.01, 0.019)})

    good, bad = figure.axes
    assert good.get_title("left") == "K good: 3 channels, edge at 0.300 eV, usable"
    assert bad.get_title("left") == "K bad: 3 channels, edge at 0.010 eV, refused (kT < 0.019 eV)"
    marks = [float(line.get_xdata()[0]) for line in bad.lines if len(line.get_xdata()) == 2]
    assert marks == pytest.approx([0.0, 0.01])
    steps = next(line for line in good.lines if len(line.get_xdata()) == 1001)
    assert set(steps.get_ydata()) == {3, 5}


def test_a_wire_without_any_smearing_is_just_refused() -> None:
    (axes,) = channels_figure({"K": scan(0.01, None)}).axes

    assert axes.get_title("left").endswith("eV, refused")


def test_equal_scans_give_equal_files() -> None:
    first, second = (as_bytes(channels_figure({"K": scan(0.1, 0.0)})) for _ in range(2))

    assert first == second
