"""Whatever records go into a lake, the same come out of it."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sekkei.lake import Batch, Lake
from sekkei.lake.field import RECORDS, field_of
from sekkei.lake.matrix_form import RESOLUTION
from sekkei.lake.record import (
    ConflictRow,
    ExperimentRow,
    LabelRow,
    MatrixRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
    WithdrawalRow,
)
from sekkei.lake.schema import ELEMENTS
from sekkei.provenance import Provenance
from sekkei.structure.experiment import Snapshot
from sekkei.structure.junction import Junction
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label, Refusal

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
KEY = st.binary(min_size=16, max_size=16).filter(any).map(bytes.hex)
LINK = st.just("") | KEY
BY_TYPE = {str: TEXT, float: st.floats(), int: st.integers(-(2**63), 2**63 - 1)}


def _record(kind, **special):
    """Draw a record with all of its fields: one of a new type must be given a strategy here."""
    plain = {f.name: BY_TYPE[f.type] for f in fields(kind) if f.name not in special}
    return st.builds(kind, **plain, **special)


def _junction(n_atom: int):
    return _record(
        Junction,
        numbers=arrays(np.int64, n_atom, elements=st.integers(1, 118)),
        positions=arrays(np.float64, (n_atom, 3)),
        regions=arrays(np.int64, n_atom, elements=st.integers(-1, 1)),
        lateral_period=st.none() | st.tuples(FINITE, FINITE),
    )


def _label(n_energy: int):
    channels = st.integers(0, 5).flatmap(lambda n: arrays(np.float64, n, elements=FINITE))
    return _record(
        Label,
        energies=arrays(np.float64, n_energy, elements=FINITE),
        transmission=arrays(np.float64, n_energy),
        eigenchannels=channels,
    )


@st.composite
def _matrices(draw):
    # Elements are multiples of what is kept; how much others lose is tested elsewhere.
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    orbital_atoms = np.repeat(np.arange(len(counts)), counts)
    n, n_k, fermi = orbital_atoms.size, draw(st.integers(1, 3)), draw(st.floats(-9.0, 9.0))

    def hermitian():
        parts = arrays(np.int64, (n_k, n, n), elements=st.integers(1, 2**23))
        upper = np.triu(draw(parts)) * RESOLUTION
        if n_k > 1:
            upper = upper + 1j * np.triu(draw(parts), 1) * RESOLUTION
        return upper + np.triu(upper, 1).conj().transpose(0, 2, 1)

    overlap = hermitian()
    return draw(
        _record(
            DeviceMatrices,
            numbers=arrays(np.int64, len(counts), elements=st.integers(1, 118)),
            positions=arrays(np.float64, (len(counts), 3)),
            orbital_atoms=st.just(orbital_atoms),
            k_points=st.just(np.linspace(0.0, 0.4, n_k)[:, None] * np.ones(2)),
            weights=arrays(np.float64, n_k, elements=FINITE),
            hamiltonian=st.just(hermitian() + fermi * overlap),
            overlap=st.just(overlap),
            fermi_level=st.just(fermi),
            lateral_period=st.none() | st.tuples(FINITE, FINITE),
        )
    )


PROVENANCE = _record(Provenance)
SPEC = st.integers(0, 2**62).map(lambda seed: f'{{"seed": {seed}}}')
SNAPSHOT = _record(
    Snapshot,
    junction=st.integers(1, 12).flatmap(_junction),
    stage=st.sampled_from(["pull", "push"]),
)
STAGE = st.sampled_from(["experiment", "label", "matrix"])
COMPOSITION = st.dictionaries(st.sampled_from(ELEMENTS), st.floats(1e-9, 1.0))
LINKED = {"key": KEY, "snapshot": LINK, "provenance": PROVENANCE}
ROWS = {
    "experiment": _record(ExperimentRow, key=KEY, spec=SPEC, provenance=PROVENANCE),
    "snapshot": _record(SnapshotRow, key=KEY, experiment=LINK, snapshot=SNAPSHOT),
    "label": _record(LabelRow, label=st.integers(0, 9).flatmap(_label), **LINKED),
    "refusal": _record(
        RefusalRow,
        key=KEY,
        subject=LINK,
        stage=STAGE,
        refusal=_record(Refusal),
        provenance=PROVENANCE,
    ),
    "prediction": _record(PredictionRow, **LINKED),
    "proposal": _record(ProposalRow, label=LINK, composition=COMPOSITION, **LINKED),
    "matrix": _record(MatrixRow, label=LINK, matrices=_matrices(), **LINKED),
    "conflict": _record(
        ConflictRow,
        key=KEY,
        label=LINK,
        other=st.integers(0, 9).flatmap(_label),
        provenance=PROVENANCE,
    ),
    "withdrawal": _record(
        WithdrawalRow, key=KEY, subject=LINK, action=st.sampled_from(["withdraw", "reinstate"])
    ),
}


TABLES = st.fixed_dictionaries(
    {
        field_of(table): st.lists(
            row, min_size=1, max_size=8, unique_by=lambda found: found.key[:16]
        )
        for table, row in ROWS.items()
    }
)


@pytest.fixture(scope="module", autouse=True)
def without_gate() -> Iterator[None]:
    """Let any rows in: what is asked is whether they come back, not whether they can be."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("find_faults", "find_link_faults", "find_matrix_faults"):
            patch.setattr(f"sekkei.lake.admission.{name}", lambda *_: ())
        yield


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An empty lake to copy."""
    return Lake.create(tmp_path_factory.mktemp("lakes") / "empty").path


# Every example writes a lake: few, without a deadline, and not made smaller when one fails.
@settings(max_examples=5, deadline=None, phases=(Phase.generate,))
@given(tables=TABLES, data=st.data())
def test_every_field_of_every_record_comes_back(empty, tables, data) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(shutil.copytree(empty, Path(folder) / "lake")))
        with lake.committer() as committer:
            for half in (slice(0, None, 2), slice(1, None, 2)):
                batch = Batch(**{name: tuple(rows[half]) for name, rows in tables.items()})
                committer.commit(batch, "every other row")
        lake = lake.refreshed()

        for table, record in RECORDS.items():
            sent = data.draw(st.lists(st.sampled_from(tables[field_of(table)]), max_size=8))
            found = lake.rows(record, [row.key for row in sent])
            assert len(found) == len(sent)
            for one, other in zip(found, sent, strict=True):
                _assert_same(one, other)


def _assert_same(found, sent, name: str = "row") -> None:
    if is_dataclass(sent):
        assert type(found) is type(sent)
        for field in fields(sent):
            inner = f"{name}.{field.name}"
            _assert_same(getattr(found, field.name), getattr(sent, field.name), inner)
    elif isinstance(sent, np.ndarray):
        assert (found.dtype, found.shape) == (sent.dtype, sent.shape), name
        assert not found.flags.writeable, name
        assert _bits(found) == _bits(sent), name
    elif isinstance(sent, float):
        assert _bits(np.array(found)) == _bits(np.array(sent)), name
    else:
        assert found == sent, name
        assert isinstance(found, Mapping) or type(found) is type(sent), name


def _bits(values: np.ndarray) -> bytes:
    # One NaN is as good as another; 0.0 and -0.0 differ.
    return np.where(np.isnan(values), np.nan, values).tobytes()
