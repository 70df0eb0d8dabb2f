"""How Sekkei builds GPAW: a C++ compiler and nothing else (no MPI, no BLAS, no libxc)."""

import shutil

# A bare name, because GPAW's build takes its own decisions from it; parts of its C are C++.
compiler = next((name for name in ("g++", "c++", "clang++") if shutil.which(name)), "g++")
mpi = False
# NumPy's BLAS serves the small matrices of LCAO; the functionals used are GPAW's own.
noblas = True
nolibxc = True
libraries = []
