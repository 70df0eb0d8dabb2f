from .contact import build_contact
from .cross_section import narrowest_cross_section
from .dynamics import experiment_engine, relax, run_experiment, stretch
from .electrode import Electrode, build_electrode, electrode_names
from .element import Element, known_elements, lattice_constant
from .experiment import (
    ContactSpec,
    Experiment,
    ExperimentSpec,
    PotentialName,
    Snapshot,
    experiment_key,
    snapshot_key,
)
from .extxyz import write_junctions
from .files import Reading, read_frames, read_junctions
from .find_leads import LeadProposal, propose_leads
from .free_electron import bessel_conductance, sharvin_conductance, weyl_conductance
from .junction import Junction
from .lead import Leads, PeriodicJunction, close_leads, extend_leads, recognise_leads
from .selection import estimate_conductance, select_spread
from .widen import widen_leads

__all__ = [
    "ContactSpec",
    "Electrode",
    "Element",
    "Experiment",
    "ExperimentSpec",
    "Junction",
    "LeadProposal",
    "Leads",
    "PeriodicJunction",
    "PotentialName",
    "Reading",
    "Snapshot",
    "bessel_conductance",
    "build_contact",
    "build_electrode",
    "close_leads",
    "electrode_names",
    "estimate_conductance",
    "experiment_engine",
    "experiment_key",
    "extend_leads",
    "known_elements",
    "lattice_constant",
    "narrowest_cross_section",
    "propose_leads",
    "read_frames",
    "read_junctions",
    "recognise_leads",
    "relax",
    "run_experiment",
    "select_spread",
    "sharvin_conductance",
    "snapshot_key",
    "stretch",
    "weyl_conductance",
    "widen_leads",
    "write_junctions",
]
