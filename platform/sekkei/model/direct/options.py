"""What may be set in the training of a direct model."""

from typing import Annotated, Literal

from pydantic import Field

from sekkei.model.direct.feature import FeatureOptions
from sekkei.specification import Specification

Assembly = Literal["waves", "series", "attention"]
"""How atoms become a junction: an effective Hamiltonian, or slices of a network."""


class WaveOptions(Specification):
    """How an effective Hamiltonian is fitted."""

    offsets_ev: tuple[Annotated[float, Field(ge=-0.2, le=0.2)], ...] = (-0.03, 0.03)
    """Energies against the Fermi level at which T is a target, too, where labels have it."""

    offset_weight: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Weight of their errors against that of the conductance."""

    batches: tuple[tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]], ...] = (
        (200, 7),
        (100000, 3),
    )
    """Sizes of mini-batches, and steps on each; the last one is all labels."""

    memory: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of what earlier batches fixed that holds against the next one."""

    counted_labels: Annotated[int, Field(ge=1)] = 250
    """Labels count as no more than so many against the bands of wires.

    Errors that a model of few parameters makes again in every label are not independent.
    """

    stiffness: Annotated[float, Field(gt=0.0)] = 1.0
    """Pull towards the parameters that fit the bands of perfect wires."""

    without_wires: tuple[str, ...] = ()
    """Wires whose bands are not used; the parameters to start from were fitted to all of them."""


class TrainingOptions(Specification):
    """How a direct model is trained."""

    assembly: Assembly = "waves"
    """How atoms become a junction."""

    waves: WaveOptions = Field(default_factory=WaveOptions)
    """Of the assembly ``waves``; what follows for networks does not concern it."""

    features: FeatureOptions = Field(default_factory=FeatureOptions)
    """What the network reads."""

    n_component: Annotated[int, Field(ge=1, le=256)] = 32
    """Most principal components of the descriptors."""

    n_hidden: Annotated[int, Field(ge=2, le=512)] = 32
    """Units of a hidden layer."""

    n_embedding: Annotated[int, Field(ge=1, le=128)] = 8
    """Numbers that an atom is reduced to."""

    n_member: Annotated[int, Field(ge=2, le=20)] = 3
    """Members of the ensemble, each leaving out another fold of experiments."""

    epochs: Annotated[int, Field(ge=1, le=20000)] = 300
    """Most passes over the labels."""

    batch_size: Annotated[int, Field(ge=1)] = 64
    """Labels of a mini-batch, which are of junctions of about the same size."""

    patience: Annotated[int, Field(ge=1)] = 60
    """Passes without a smaller error on watched experiments after which training stops."""

    watch_share: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.1
    """Share of the training experiments that are only watched; 0 never stops early."""

    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-2
    """Largest step; it falls to zero along a cosine."""

    weight_decay: Annotated[float, Field(ge=0.0)] = 0.01
    """Decoupled weight decay."""

    noise: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    """Standard deviation of the noise on scaled descriptors while training."""

    lead_weight: Annotated[float, Field(ge=0.0)] = 0.05
    """Weight of the demand that a perfect lead conducts as many G0 as it has channels."""

    test_share: Annotated[float, Field(gt=0.0, lt=0.7)] = 0.2
    """Share of the labels to hold out, rounded up to whole experiments."""

    held_out_electrodes: tuple[str, ...] = ()
    """Electrodes that are never trained on, only tested on."""
