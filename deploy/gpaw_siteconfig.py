"""How Sekkei builds GPAW: a C compiler and nothing else (no MPI, no BLAS, no libxc)."""

import shutil

# NumPy's BLAS serves the small matrices of LCAO; the functionals used are GPAW's own.
compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("g++") or "gcc"
mpi = False
noblas = True
nolibxc = True
libraries = []
