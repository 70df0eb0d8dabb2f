"""Smooth overlap of atomic positions: our radial functions, solid harmonics from sphericart."""

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import gamma
from sphericart import SolidHarmonics

from sekkei.shapes import Float, Int

_BLOCK = 128
"""Centers described at once: what is kept of them stays in the processor's cache."""

_DECAY = 1e-3
"""What a radial function has fallen to at its own radius."""


class PowerSpectrum:
    r"""Power spectrum of a density that is a Gaussian at each atom.

    The density around a center is expanded in ``n_radial`` orthonormal functions of the form
    :math:`r^l \exp(-\alpha r^2)` for each degree :math:`l` [1]_. The overlap of such a function
    with a Gaussian elsewhere is known in closed form: :math:`r^l Y_{lm}` is harmonic, so its
    mean over a Gaussian is its value in the middle. Products of two coefficients, summed over
    :math:`m`, do not change with rotation [2]_.

    Atoms fade to nothing at the cut-off as :math:`1 - 3x^2 + 2x^3`. The normalisation is that of
    DScribe 2.1 ("gto" functions, "mu2" compression); they agree to the last digit of float32.

    References
    ----------
    .. [1] M. O. J. Jager et al., npj Computational Materials 4, 37 (2018),
       doi:10.1038/s41524-018-0096-5.
    .. [2] A. P. Bartok, R. Kondor, G. Csanyi, Phys. Rev. B 87, 184115 (2013),
       doi:10.1103/PhysRevB.87.184115.
    """

    def __init__(
        self, *, cutoff: float, n_radial: int, max_angular: int, broadening: float
    ) -> None:
        """Lengths are in angstrom, ``broadening`` is the Gaussian's standard deviation."""
        self._cutoff, self._n_radial = cutoff, n_radial
        shells = [
            _radial_functions(degree, cutoff, n_radial, broadening)
            for degree in range(max_angular + 1)
        ]
        self._exponents = np.concatenate([exponents for exponents, _ in shells])
        self._mixing = [mixing for _, mixing in shells]
        self._upper = np.triu_indices(n_radial)
        self._harmonics = SolidHarmonics(max_angular)

    @property
    def n_number(self) -> int:
        """Numbers per center and channel."""
        return len(self._mixing) * len(self._upper[0])

    def __call__(
        self,
        positions: Float[np.ndarray, "atom 3"],
        weights: Float[np.ndarray, "channel atom"],
        centers: Int[np.ndarray, " center"],
    ) -> Float[np.ndarray, "center channel number"]:
        """Describe the surroundings of some atoms, themselves included.

        Parameters
        ----------
        positions
            Of all atoms that may be seen, in angstrom.
        weights
            How much each atom adds to the density, for each channel.
        centers
            Indices of the atoms to describe.

        Returns
        -------
        ndarray
            Degree by degree, within one the upper triangle over pairs of radial functions.
        """
        blocks = range(0, len(centers), _BLOCK)
        empty = np.zeros((0, len(weights), self.n_number))
        return np.concatenate(
            [empty, *[self._block(positions, weights, centers[i : i + _BLOCK]) for i in blocks]]
        )

    def _block(
        self, positions: np.ndarray, weights: np.ndarray, centers: np.ndarray
    ) -> Float[np.ndarray, "center channel number"]:
        middle = positions[centers]
        square = cdist(middle, positions, "sqeuclidean")
        center, other = np.nonzero(square < self._cutoff**2)
        radial = self._radial(square[center, other])
        angular = self._angular(positions[other] - middle[center])
        # Rows of equal length make the sum over neighbours one product of matrices.
        count = np.bincount(center)
        shape = (count.size, int(count.max()))
        empty = np.arange(count.size) * shape[1] - (np.cumsum(count) - count)
        place = np.arange(center.size) + np.repeat(empty, count)
        harmonics = _in_rows(angular, place, shape)
        spectra = [
            self._contract(_in_rows(radial * weight[other, None], place, shape), harmonics)
            for weight in weights
        ]
        return np.stack(spectra, axis=1)

    def _radial(self, square: np.ndarray) -> Float[np.ndarray, "pair function"]:
        scaled = square / self._cutoff**2
        fading = 1.0 + scaled * (2.0 * np.sqrt(scaled) - 3.0)
        functions: np.ndarray = np.multiply.outer(square, -self._exponents)
        np.exp(functions, out=functions)
        functions *= fading[:, None]
        for degree, mixing in enumerate(self._mixing):
            # Small products on purpose: BLAS would wake threads for one large one.
            rows = self._rows(degree)
            functions[:, rows] = functions[:, rows] @ mixing
        return functions

    def _angular(self, away: np.ndarray) -> Float[np.ndarray, "pair harmonic"]:
        harmonics: np.ndarray = self._harmonics.compute(away)
        return harmonics

    def _contract(
        self, radial: np.ndarray, harmonics: np.ndarray
    ) -> Float[np.ndarray, "center number"]:
        # One product for all degrees, of which those of equal degree are read, is quicker than
        # one small product for each.
        density = radial.swapaxes(1, 2) @ harmonics
        powers = np.empty((len(density), len(self._mixing), self._n_radial, self._n_radial))
        for degree in range(len(self._mixing)):
            part = density[:, self._rows(degree), degree**2 : (degree + 1) ** 2]
            np.matmul(part, part.swapaxes(1, 2), out=powers[:, degree])
        return powers[:, :, self._upper[0], self._upper[1]].reshape(len(density), -1)

    def _rows(self, degree: int) -> slice:
        return slice(degree * self._n_radial, (degree + 1) * self._n_radial)


def _in_rows(values: np.ndarray, place: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    rows = np.zeros((shape[0] * shape[1], values.shape[1]))
    rows[place] = values
    return rows.reshape(*shape, -1)


def _radial_functions(
    degree: int, cutoff: float, n_radial: int, broadening: float
) -> tuple[Float[np.ndarray, " radial"], Float[np.ndarray, "radial radial"]]:
    """Return decay constants in 1/Å² and the matrix that makes orthonormal functions of them."""
    radii = np.linspace(1.0, cutoff, n_radial)
    alpha = (degree * np.log(radii) - np.log(_DECAY)) / radii**2
    overlap = 0.5 * gamma(degree + 1.5) * np.add.outer(alpha, alpha) ** (-degree - 1.5)
    sizes, axes = np.linalg.eigh(overlap)
    orthonormal = (axes / np.sqrt(sizes)) @ axes.T
    narrow = 0.5 / broadening**2
    both = narrow + alpha
    smeared = (np.pi / both) ** 1.5 * (narrow / both) ** degree
    # DScribe's factor, which is not 1: what was trained on its numbers can still be used.
    scale = np.sqrt(np.pi * np.sqrt(8.0 / (2.0 * degree + 1.0)))
    return narrow * alpha / both, scale * smeared[:, None] * orthonormal
