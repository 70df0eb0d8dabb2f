from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from sekkei.errors import InvalidInputError
from sekkei.observe import (
    conductance_histogram,
    displacement_histogram,
    histogram_peaks,
    measured_histogram,
    plateau_lengths,
    traces_from_columns,
)
from sekkei.observe.figures import (
    CompositionBar,
    Curve,
    DesignPoint,
    ParitySample,
    as_bytes,
    composition_figure,
    convergence_figure,
    displacement_figure,
    histogram_figure,
    junction_figure,
    learning_figure,
    parity_figure,
    plateau_figure,
    save,
    traces_figure,
    transmission_figure,
)
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction


@pytest.fixture(scope="module")
def traces():
    """Made-up staircases, for drawing only."""
    rng = np.random.default_rng(0)
    steps = np.repeat([5.9, 3.0, 1.0, 0.0], 5)
    keys = np.repeat(["a", "b", "c"], steps.size)
    return traces_from_columns(
        keys,
        np.zeros(keys.size, int),
        ["pull"] * keys.size,
        np.tile(np.arange(steps.size, dtype=float), 3),
        np.abs(np.tile(steps, 3) + rng.normal(0.0, 0.05, keys.size)),
    )


@pytest.fixture
def junction() -> Junction:
    wire = build_electrode("bcc100-5+4", "K")
    shifts = np.arange(6)[:, None, None] * np.array([0.0, 0.0, wire.period])
    positions = (wire.positions[None] + shifts).reshape(-1, 3)
    regions = np.repeat([-1, 0, 0, 0, 0, 1], wire.numbers.size)
    return Junction.from_sequences(np.tile(wire.numbers, 6), positions, regions, wire.period)


def _labels(figure: Figure) -> list[str]:
    axes = figure.axes
    return [text for a in axes for text in (a.get_xlabel(), a.get_ylabel()) if text]


def test_a_histogram_names_its_units_and_marks_what_was_measured(traces) -> None:
    histogram = conductance_histogram(traces)
    peaks = histogram_peaks(histogram, np.random.default_rng(0))

    figure = histogram_figure({"DFT": histogram}, measured=measured_histogram("K"), peaks=peaks)

    assert _labels(figure) == ["conductance ($G_0 = 2e^2/h$)", "probability density ($1/G_0$)"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "DFT: 60 snapshots of 3 experiments",
        "measured on K",
        "measured: no peak",
    ]
    marks = {tuple(line.get_xdata()) for line in figure.axes[0].lines}
    assert {(1.0, 2.95, 4.9, 5.8), (2, 4)} <= marks


def test_broken_contacts_do_not_set_the_scale_of_a_histogram(traces) -> None:
    histogram = conductance_histogram(traces)

    top = histogram_figure({"DFT": histogram}).axes[0].get_ylim()[1]

    assert top < histogram.density[0]


def test_traces_stand_side_by_side(traces) -> None:
    figure = traces_figure(traces, gap_angstrom=2.0)

    (axes,) = figure.axes
    starts_ends = [line.get_xdata()[[0, -1]] for line in axes.lines[::2]]
    assert all(a[1] + 2.0 == b[0] for a, b in pairwise(starts_ends))
    assert axes.get_xlabel().endswith("(Å)")


def test_two_dimensional_and_plateau_figures_name_their_units(traces) -> None:
    image = displacement_figure(displacement_histogram(traces))
    plateaus = plateau_figure({"1": plateau_lengths(traces)}, bin_angstrom=0.5)

    assert _labels(image) == [
        "displacement after breaking at 0.5 $G_0$ (Å)",
        "conductance ($G_0 = 2e^2/h$)",
        "number of traces",
    ]
    assert _labels(plateaus) == ["plateau length (Å)", "number of traces"]


def test_parity_counts_experiments_and_shows_the_baselines() -> None:
    sample = ParitySample(
        name="test",
        actual=np.array([1.0, 2.0, 3.0]),
        predicted=np.array([1.1, 2.0, 3.2]),
        sigma=np.full(3, 0.1),
        experiments=("a", "a", "b"),
    )

    figure = parity_figure([sample], {"Sharvin": 0.5})

    (axes,) = figure.axes
    (text,) = figure.legends[0].get_texts()
    assert text.get_text() == "test: 3 snapshots of 2 experiments, MAE 0.100"
    assert "Sharvin 0.500" in axes.texts[0].get_text()
    assert axes.get_xlim() == axes.get_ylim()
    assert all("G_0" in label for label in _labels(figure))


def test_error_bars_of_a_parity_are_drawn_whole() -> None:
    sample = ParitySample(
        name="test",
        actual=np.array([0.5, 2.0]),
        predicted=np.array([0.5, 2.0]),
        sigma=np.array([1.5, 0.7]),
        experiments=("a", "b"),
    )

    low, high = parity_figure([sample]).axes[0].get_ylim()

    assert low < -1.0
    assert high > 2.7


def test_learning_curves_are_drawn_on_plain_numbers() -> None:
    curve = Curve("series", np.array([10.0, 100.0]), np.array([0.5, 0.1]), np.array([0.1, 0.02]))

    figure = learning_figure([curve], x_label="number of labels")

    as_bytes(figure)
    assert "10" in [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert _labels(figure) == ["number of labels", "mean absolute error ($G_0$)"]


def test_each_transmission_has_a_panel_with_its_conductance() -> None:
    energies = np.linspace(-0.5, 0.5, 11)
    curves = [Curve(f"snapshot {i}", energies, np.full(11, float(i))) for i in (1, 2, 3)]

    figure = transmission_figure(curves, window_ev=0.05)

    assert [axes.get_title() for axes in figure.axes] == [""] * 3
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "snapshot 1: 1.00 $G_0$",
        "snapshot 2: 2.00 $G_0$",
        "snapshot 3: 3.00 $G_0$",
    ]
    assert figure.get_supxlabel() == "energy against the Fermi level (eV)"


def test_convergence_marks_what_was_verified() -> None:
    points = [DesignPoint(0, 1.5), DesignPoint(0, 0.8), DesignPoint(1, 1.1, verified_g0=1.02)]

    figure = convergence_figure(points, target_g0=1.0, tolerance_g0=0.15)

    diamonds = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    np.testing.assert_allclose(diamonds[0].get_ydata(), [0.02])
    assert _labels(figure) == ["round", "distance from the target ($G_0$)"]


def test_a_campaign_without_verification_can_be_drawn() -> None:
    assert as_bytes(convergence_figure([DesignPoint(0, 1.5)], 1.0, 0.15))


def test_bars_of_a_composition_fill_the_row() -> None:
    bars = [
        CompositionBar("#1", {"K": 0.7, "Na": 0.3}, is_hit=True),
        CompositionBar("#2", {"K": 1.0}),
    ]

    figure = composition_figure(bars)

    widths = [patch.get_width() for patch in figure.axes[0].patches]
    # Sodium first, as in the table of elements: 0.3 and 0, then potassium.
    assert widths == [0.3, 0.0, 0.7, 1.0]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["#1", "#2"]


def test_a_junction_is_drawn_from_two_sides_with_its_leads(junction: Junction) -> None:
    figure = junction_figure(junction)

    assert _labels(figure) == ["x (Å)", "z (Å), direction of transport", "y (Å)"] or _labels(
        figure
    ) == ["x (Å)", "y (Å)", "z (Å), direction of transport"]
    for axes in figure.axes:
        assert [text.get_text() for text in axes.texts] == ["left lead", "right lead"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["K (54)"]


def test_figures_are_written_as_bitmap_and_vector(tmp_path, traces) -> None:
    paths = save(traces_figure(traces), tmp_path / "figures", "traces")

    assert [path.name for path in paths] == ["traces.png", "traces.svg", "traces.pdf"]
    starts = [path.read_bytes()[:5] for path in paths]
    assert starts == [b"\x89PNG\r", b"<?xml", b"%PDF-"]


def test_a_name_with_a_folder_is_refused(tmp_path, traces) -> None:
    with pytest.raises(InvalidInputError, match="bare file name, but found 'a/b'"):
        save(traces_figure(traces), tmp_path, "a/b")


def test_equal_figures_give_equal_bytes(traces) -> None:
    assert as_bytes(traces_figure(traces)) == as_bytes(traces_figure(traces))


def test_drawing_leaves_no_setting_behind(traces) -> None:
    before = dict(mpl.rcParams)

    as_bytes(traces_figure(traces))

    assert dict(mpl.rcParams) == before
