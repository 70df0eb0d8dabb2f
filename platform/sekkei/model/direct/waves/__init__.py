"""An effective Hamiltonian of few orbitals, trained through the Landauer kernel."""
