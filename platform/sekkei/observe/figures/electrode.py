"""Channels of electrodes against energy."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sekkei.observe.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    SOFT,
    VERMILION,
    new_figure,
    styled,
)
from sekkei.transport.electrode.scan import ElectrodeScan


@styled
def channels_figure(scans: Mapping[str, ElectrodeScan]) -> Figure:
    """Draw how many channels electrodes have around their Fermi level, one panel each.

    The band within which an edge makes the labeler refuse is shaded, the nearest edges are marked,
    and the title says whether the electrode is usable.

    Parameters
    ----------
    scans
        By the names that the panels shall have.
    """
    figure, panels = new_figure(0.7 + 1.45 * len(scans), len(scans), 1)
    for axes, (name, scan) in zip(panels, scans.items(), strict=True):
        _draw_channels(axes, scan)
        color = GREEN if scan.is_usable else VERMILION
        axes.set_title(f"{name}: {_summary(scan)}", color=color, fontsize=8.5)
        axes.label_outer()
    figure.supxlabel("energy against the Fermi level (eV)", fontsize=9.5)
    figure.supylabel("open channels", fontsize=9.5)
    return figure


def _draw_channels(axes: Axes, scan: ElectrodeScan) -> None:
    axes.axvspan(-scan.edge_limit, scan.edge_limit, color=FAINT, lw=0.0)
    axes.axvline(0.0, color=SOFT, lw=0.8)
    axes.plot(scan.energies, scan.channels, color=BLUE, drawstyle="steps-mid")
    # The edge itself: the first energies at which the number differs, on either side.
    for low, high, _ in scan.steps:
        for energy in (low, high):
            if abs(abs(energy) - scan.edge_distance) < 1e-9:
                axes.axvline(energy, color=VERMILION, lw=0.8, ls=(0, (3, 2)))
    axes.set(xlim=(scan.energies[0], scan.energies[-1]))
    axes.set(ylim=(0.0, 1.12 * float(scan.channels.max()) + 0.5))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _summary(scan: ElectrodeScan) -> str:
    found = f"{scan.n_channel} channels, edge at {scan.edge_distance:.3f} eV"
    if scan.is_usable:
        return f"{found}, usable"
    return f"{found}, refused" + (f" (kT < {scan.smearing:g} eV)" if scan.smearing else "")
