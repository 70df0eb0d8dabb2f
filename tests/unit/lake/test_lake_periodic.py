"""Filters know how many directions a structure repeats along."""

from dataclasses import replace

from sekkei.campaign import structure_row
from sekkei.lake import Batch, Lake
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec


def test_wires_and_surfaces_are_told_apart(tmp_path):
    wire = build_contact(ContactSpec(electrode="staggered-3", neck_width=1))
    surface = replace(wire, lateral_period=(40.0, 40.0))
    lake = Lake.create(tmp_path / "lake")
    with lake.committer() as committer:
        committer.commit(Batch(snapshots=(structure_row(wire), structure_row(surface))), "two")

    found = lake.refreshed().query("snapshot", (), ["nperiodic_dimensions"])
    chosen = lake.refreshed().query("snapshot", ["nperiodic_dimensions = 2"], ["key"])

    assert found["nperiodic_dimensions"].tolist() == [0, 2]
    assert chosen["key"].tolist() == [structure_row(surface).key]
