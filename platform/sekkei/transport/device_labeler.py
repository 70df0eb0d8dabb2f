"""The port of labelers that have matrices, and the one way from matrices to a label."""

import time
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from typing_extensions import override

from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.threads import few_threads
from sekkei.transport.error_bar import label_error
from sekkei.transport.kernel.eigenchannels import channel_transmissions
from sekkei.transport.kernel.landauer import plan_road, transmission
from sekkei.transport.kernel.precision import transmission_in_single
from sekkei.transport.labeler import Label, Labeler
from sekkei.transport.open_device import DevicePart, OpenDevice
from sekkei.transport.plugins import make_labeler
from sekkei.transport.spectrum import conductance_window


@runtime_checkable
class DeviceLabeler(Labeler, Protocol):
    """A labeler that has H and S: it opens a junction, and `label_device` labels what it opened.

    Beside those of `Labeler`, implementations keep five laws, and `sekkei.testing.DeviceLaws`
    checks them:

    1. *Hermitian*: H equals its conjugate transpose at every k-point.
    2. *Metric*: S does, too, and is positive definite.
    3. *One label*: labelling the device gives the labeler's own label, bit for bit.
    4. *Atoms*: every orbital stands on an atom of the device, and every atom has one.
    5. *Ends*: the first and last periods are the electrode: its overlaps to 1e-6, and its levels to
       a tolerance (1e-10 for exact models, a density's own error for DFT).
    """

    def device(self, junction: Junction) -> OpenDevice:
        """Return the junction with its leads attached.

        Raises
        ------
        LabelError
            As `label` does.
        """
        ...

    @override
    def label(self, junction: Junction) -> Label:
        """Label what `device` opens; see `Labeler`."""
        return label_device(self.device(junction))


def make_device_labeler(name: str, **options: Any) -> DeviceLabeler:
    """Make a labeler by name that has matrices.

    Raises
    ------
    InvalidInputError
        As `make_labeler` does, or if this one has none.
    MissingExtraError
        If something that it needs is not installed.
    """
    return with_matrices(make_labeler(name, **options), name)


def with_matrices(labeler: Labeler, name: str = "") -> DeviceLabeler:
    """Return a labeler if it has matrices.

    Raises
    ------
    InvalidInputError
        If it has none; says its name, or else its engine.
    """
    if not isinstance(labeler, DeviceLabeler):
        name = name or labeler.engine
        raise InvalidInputError(
            f"matrices and channels need a labeler that has them, but {name} has none; try "
            "--labeler gpaw or tight-binding",
            name=name,
        )
    return labeler


def labelled_device(labeler: DeviceLabeler, junction: Junction) -> tuple[Label, OpenDevice]:
    """Return a label and the matrices that it was read off, from one calculation.

    Raises
    ------
    LabelError
        As ``labeler.label`` does.
    """
    device = labeler.device(junction)
    return label_device(device), device


@few_threads()
def label_device(device: OpenDevice) -> Label:
    r"""Compute what a device conducts.

    Parameters
    ----------
    device
        A junction with its leads attached.

    Returns
    -------
    Label
        ``transmission`` is the mean over k across; ``eigenchannels`` are those at the Fermi level,
        as many as the electrode has open, and empty between surfaces: those of several k-points are
        not channels of one scattering problem. ``error`` is estimated for the recipe that
        `sekkei.transport.error_bar` was fitted to, NaN for others.

    Raises
    ------
    InvalidInputError
        If the window holds fewer than two energies.

    Notes
    -----
    Landauer's formula [1]_ at every k-point, :math:`T(E) = \sum_k w_k T_k(E)`.

    References
    ----------
    .. [1] R. Landauer, IBM J. Res. Dev. 1, 223 (1957). doi:10.1147/rd.13.0223
    """
    started = time.process_time()
    values = np.zeros(len(device.energies))
    channels = []
    for part in device.parts:
        part_values, part_channels = _transmission(device, part)
        values += part.weight * part_values
        channels.append(part_channels)
    eigenchannels = freeze(channels[0] if len(channels) == 1 else np.zeros(0))
    return Label(
        energies=device.energies,
        transmission=freeze(values),
        conductance=float(values[len(values) // 2]),
        window_conductance=conductance_window(device.energies, values, device.window),
        window=device.window,
        n_channel=device.n_channel,
        fermi_level=device.fermi_level,
        recipe=device.recipe,
        engine=device.engine,
        cpu_seconds=device.cpu_seconds + time.process_time() - started,
        iterations=device.iterations,
        rung=device.rung,
        eigenchannels=eigenchannels,
        error=label_error(device.recipe, device.energies, values, eigenchannels).likely,
    )


def _transmission(
    device: OpenDevice, part: DevicePart
) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, " channel"]]:
    """T(E) at one k-point, and its eigenchannels at the Fermi level."""
    matrices, leads = (part.hamiltonian, part.overlap), part.self_energies
    energies = torch.from_numpy(device.energies + device.fermi_level)
    plan = plan_road(*matrices, leads.left.shape[-1])
    middle = torch.tensor([len(energies) // 2])
    channels = channel_transmissions(*matrices, leads.part(middle), energies[middle], plan)
    if device.precision == "complex64":
        # Where hardly anything is transmitted, single precision may round below zero.
        values = transmission_in_single(*matrices, leads, energies, plan).values.clamp(min=0.0)
        # The conductance is the sum of its channels, which are in double precision.
        values[middle] = channels.sum(dim=-1)
    else:
        values = transmission(*matrices, leads, energies, plan)
    return values.numpy(), channels[0, : part.electrode.n_channel].numpy()
