"""Which labelled junctions have matrices made, and what is kept of each."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.campaign.matrices import choose_labelled, make_matrices, matrix_arrays
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import ElectrodeError, InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec, ExperimentSpec
from sekkei.transport.device_labeler import labelled_device
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label, Refusal
from sekkei.transport.tight_binding import TightBindingLabeler

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)
SPEC = CampaignSpec(
    name="one",
    experiments=[Family(count=1, template=ExperimentSpec(contact=CONTACT, cycles=1))],
    labels=LabelPlan(labeler="tight-binding", per_experiment=5),
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    path = tmp_path_factory.mktemp("matrices") / "lake"
    run_campaign(SPEC, Lake.create(path), SerialPool())
    return Lake.open(path)


def test_the_same_labelled_snapshots_are_chosen_each_time(lake) -> None:
    recipe = TightBindingLabeler().recipe

    three, all_of_them = (choose_labelled(lake, recipe, (), count) for count in (3, 100))

    assert len(all_of_them) == 5
    assert three == all_of_them[:3] == tuple(sorted(three))
    stored = lake.query("label", ("conductance_g0 < 0.5",), ["snapshot"])["snapshot"]
    assert set(choose_labelled(lake, recipe, ("conductance_g0 < 0.5",))) == set(stored)


def test_labels_of_another_recipe_are_not_chosen(lake) -> None:
    with pytest.raises(InvalidInputError, match=r"must be of recipe abc, .* none of the 5 that"):
        choose_labelled(lake, "abc")


def test_every_snapshot_is_a_file_or_a_refusal(lake, tmp_path) -> None:
    keys = choose_labelled(lake, TightBindingLabeler().recipe, (), 2)

    class Choosy(TightBindingLabeler):
        seen = 0

        def device(self, junction):
            self.seen += 1
            if self.seen == 2:
                raise ElectrodeError("a lead must be another one")
            return super().device(junction)

    done = dict(make_matrices(Choosy(), lake, keys, tmp_path / "out"))

    labelled, refused = (done[key] for key in keys)
    assert isinstance(labelled, Label)
    assert isinstance(refused, Refusal)
    (file,) = (tmp_path / "out").iterdir()
    with np.load(file, allow_pickle=False) as kept:
        assert file.stem == keys[0]
        assert float(kept["conductance_g0"]) == labelled.conductance
        np.testing.assert_array_equal(kept["transmission"], labelled.transmission)


def test_matrices_between_surfaces_are_written_at_every_k_across() -> None:
    junction = build_contact(CONTACT)
    label, device = labelled_device(TightBindingLabeler(), junction)
    one = DeviceMatrices.from_device(device)
    two = replace(
        one,
        k_points=np.array([[0.0, 0.0], [0.25, 0.0]]),
        weights=np.full(2, 0.5),
        hamiltonian=np.concatenate([one.hamiltonian] * 2),
        overlap=np.concatenate([one.overlap] * 2),
        lateral_period=(20.0, 21.0),
    )

    wire, found = matrix_arrays(label, one, junction), matrix_arrays(label, two, junction)

    n = device.orbital_atoms.size
    assert wire["hamiltonian_ev"].shape == (n, n)
    assert found["hamiltonian_ev"].shape == found["overlap"].shape == (2, n, n)
    assert found["k_points_across"].shape == (2, 2)
    assert found["weights"].sum() == 1.0
    assert found["lateral_period_angstrom"].tolist() == [20.0, 21.0]
