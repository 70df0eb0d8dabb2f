"""The picture of eigenchannels."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe.figures.eigenchannel import ChannelPicture, eigenchannel_figure


def picture(n_channel: int = 2) -> ChannelPicture:
    positions = np.column_stack([np.zeros((5, 2)), 4.0 * np.arange(5.0)])
    return ChannelPicture(
        positions=positions,
        transmissions=np.linspace(0.9, 0.1, n_channel),
        weights=np.full((n_channel, 5), 0.5),
    )


def test_each_channel_has_a_panel_with_its_transmission() -> None:
    figure = eigenchannel_figure(picture())

    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["channel 1: T = 0.900", "channel 2: T = 0.100"]


def test_the_area_of_a_disk_is_the_weight() -> None:
    weights = np.array([[1.0, 0.25, 0.0, -0.01, 0.5]])
    drawn = ChannelPicture(picture().positions, np.array([0.5]), weights)

    disks = eigenchannel_figure(drawn).axes[0].collections[1].get_paths()

    radii = [float(np.ptp(path.get_extents().get_points()[:, 0])) / 2.0 for path in disks]
    np.testing.assert_allclose(np.square(radii) / radii[0] ** 2, [1.0, 0.25, 0.0, 0.0, 0.5])


def test_densities_of_states_stand_below_at_the_same_places() -> None:
    drawn = replace(picture(), densities={"from the left": np.arange(5.0)})

    axes = eigenchannel_figure(drawn).axes

    assert len(axes) == 3
    assert axes[2].get_xlim() == axes[0].get_xlim()
    np.testing.assert_array_equal(axes[2].lines[0].get_xdata(), drawn.positions[:, 2])
    np.testing.assert_array_equal(axes[2].lines[0].get_ydata(), np.arange(5.0))


def test_a_picture_without_channels_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="at least one, but found none"):
        eigenchannel_figure(picture(0))
