"""What a worker does with one piece of work, without a pool around it."""

from dataclasses import replace

import numpy as np

from sekkei.fleet.worker import LabelWorker
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE
from sekkei.transport.labeler import Label, Refusal
from sekkei.transport.plugins import make_labeler


def test_a_device_atom_that_wandered_beside_a_lead_is_a_refusal() -> None:
    contact = build_contact(ContactSpec(neck_width=5))
    positions = contact.positions.copy()
    atom = int(np.flatnonzero(contact.regions == DEVICE)[0])
    positions[atom] = [9.0, 0.0, positions[:, 2].min()]
    worker = LabelWorker(lambda: make_labeler("tight-binding"))

    assert isinstance(worker.work(contact), Label)
    outcome = worker.work(replace(contact, positions=positions))

    assert isinstance(outcome, Refusal)
    assert outcome.kind == "ElectrodeError"
    assert f"device atoms {atom} stand there" in outcome.message
