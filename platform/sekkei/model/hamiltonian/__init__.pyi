from .learning import HamiltonianExample, HamiltonianOptions, learn_hamiltonian
from .model import HamiltonianModel
from .self_consistency import ConsistencyOptions
from .solve import HamiltonianSolver
from .training import HamiltonianTeacher, make_teacher, read_examples, train_hamiltonian

__all__ = [
    "ConsistencyOptions",
    "HamiltonianExample",
    "HamiltonianModel",
    "HamiltonianOptions",
    "HamiltonianSolver",
    "HamiltonianTeacher",
    "learn_hamiltonian",
    "make_teacher",
    "read_examples",
    "train_hamiltonian",
]
