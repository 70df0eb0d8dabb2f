"""What an atom sees."""

import subprocess
import sys

import numpy as np
import pytest

from sekkei.errors import LabelError
from sekkei.model.direct.descriptor import DescriptorOptions, atomic_constants, describe_atoms
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction

OPTIONS = DescriptorOptions()


def test_descriptors_do_not_grow_with_the_number_of_elements() -> None:
    pure = build_contact(ContactSpec())
    alloy = build_contact(ContactSpec(composition={"K": 0.4, "Na": 0.3, "Cs": 0.3}))

    shapes = {describe_atoms(j, np.arange(5), OPTIONS).shape for j in (pure, alloy)}

    assert shapes == {(5, 82)}  # 2 channels of 4 * 5 / 2 radial pairs at 4 angular degrees, + 2


def test_a_pure_metal_takes_a_short_cut_to_the_same_numbers() -> None:
    pure = build_contact(ContactSpec(composition={"Na": 1.0}))
    tinged = Junction.from_sequences(
        np.append(pure.numbers, 19),
        np.vstack([pure.positions, [0.0, 0.0, 500.0]]),
        np.append(pure.regions, 1),
        pure.electrode_period,
    )

    # The potassium atom is far away, but with it both spectra are computed.
    short, long = (describe_atoms(j, np.arange(30), OPTIONS) for j in (pure, tinged))

    np.testing.assert_allclose(short, long, rtol=1e-5, atol=1e-6)


def test_another_neighbour_is_seen_and_one_beyond_the_cutoff_is_not() -> None:
    def seen(number: int, distance: float) -> np.ndarray:
        positions = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, distance], [0.0, 0.0, 40.0]])
        junction = Junction.from_sequences([19, number, 19], positions, [-1, 0, 1], 5.0)
        return describe_atoms(junction, np.array([0]), OPTIONS)

    assert np.abs(seen(11, 4.5) - seen(19, 4.5)).max() > 0.01
    np.testing.assert_allclose(seen(19, 8.01), seen(19, 20.0), atol=1e-6)
    # Smooth at the cut-off: no more than float32 noise enters with an atom that just arrives.
    np.testing.assert_allclose(seen(19, 7.999), seen(19, 8.001), atol=1e-4)


def test_the_numbers_are_those_of_dscribe() -> None:
    positions = [[0.0, 0.0, 0.0], [1.5, 0.5, 3.5], [-2.0, 3.0, 4.0], [0.5, -3.0, 5.5]]
    junction = Junction.from_sequences([19, 11, 19, 55], positions, [-1, 0, 0, 1], 5.0)
    options = DescriptorOptions(n_radial=2, max_angular=2, cutoff_angstrom=7.0)

    found = describe_atoms(junction, np.array([0, 1]), options)[:, :-2]

    # SOAP of DScribe 2.1.2: r_cut=7, n_max=2, l_max=2, sigma=0.8, "poly" weighting, "mu2".
    expected = [
        *[3.6842096, 6.3303237, 10.876959, 3.8527272e-4, -6.9859591e-3, 0.12667292],
        *[9.1294132e-5, -3.7677854e-3, 0.15549968, 3.6551390, 6.4075189, 11.232487],
        *[5.8143842e-4, -1.0543134e-2, 0.19117706, 1.3940028e-4, -5.7532215e-3, 0.23744255],
        *[3.5573812, 6.6629748, 12.479753, 4.7345285e-4, -8.5799284e-3, 0.15548594],
        *[3.5466255e-5, -1.4657440e-3, 0.060577050, 5.5333710, 9.9717426, 17.970175],
        *[4.5837471e-4, -8.3072800e-3, 0.15055582, 3.5748180e-5, -1.4778286e-3, 0.061094183],
    ]
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-5)


def test_describing_loads_no_compiler() -> None:
    # dask imports `sparse`, and with it numba, wherever it is installed; here it is not.
    program = (
        "import sys; sys.modules['sparse'] = None; from sekkei.model import DirectModel; "
        "print({'dscribe', 'numba', 'llvmlite'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "set()"


def test_an_element_without_constants_is_refused_by_its_number() -> None:
    with pytest.raises(LabelError, match=r"found atomic numbers \[79\]"):
        atomic_constants(np.array([19, 79]))
