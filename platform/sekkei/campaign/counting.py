"""Experiments of families, counted by their keys: a million of them are never listed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import numpy as np

from sekkei.campaign.context import Dynamics
from sekkei.campaign.family import Family
from sekkei.fleet.port import Task
from sekkei.identity import content_pieces
from sekkei.structure.experiment import ExperimentSpec

_KEY_BYTES = 16
# No other field of an experiment may be as large, so that they are found among what is hashed.
_SEED, _CONTACT_SEED = 2**100 + 1, 2**100 + 3


@dataclass(frozen=True, slots=True)
class CountedExperiments:
    """How many experiments there are, and the few that were asked for."""

    planned: int
    """Different experiments."""

    asked: tuple[Task[ExperimentSpec], ...]
    """Those among them whose keys were asked for, in order."""

    engines: frozenset[str]
    """Names of all engines."""


@dataclass(frozen=True, slots=True)
class PackedKeys:
    """Keys of experiments, 16 bytes each: as texts, a million of them take five times as much."""

    packed: bytes
    """One after the other."""

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.packed), _KEY_BYTES):
            yield self.packed[start : start + _KEY_BYTES].hex()

    def __len__(self) -> int:
        return len(self.packed) // _KEY_BYTES


@dataclass(frozen=True, slots=True)
class Member:
    """One experiment of a family, known by its key and not made yet."""

    family: Family
    """The family."""

    i_experiment: int
    """Which one of it."""

    engine: str
    """What runs it."""

    key: bytes
    """Its key."""

    def task(self) -> Task[ExperimentSpec]:
        """Make it."""
        name, spec = self.key.hex(), self.family.member(self.i_experiment)
        return Task(key=name, subject=name, recipe=self.engine, payload=spec)


def different_members(families: Sequence[Family], dynamics: Dynamics) -> Iterator[Member]:
    """Yield the experiments of families in their order, equal ones once, without making them."""
    engine_of = cache(dynamics.engine_of)
    # Members of one family differ in their seeds: only those of two may be equal.
    seen: set[bytes] | None = set() if len(families) > 1 else None
    for family in families:
        engine = engine_of(family.template.potential)
        kinds = [_keys_of_kind(family, i_kind, engine) for i_kind in range(family.n_kind)]
        for i_experiment in range(family.count):
            key = next(kinds[i_experiment % len(kinds)])[1]
            if seen is not None:
                if key in seen:
                    continue
                seen.add(key)
            yield Member(family, i_experiment, engine, key)


def count_experiments(
    families: Sequence[Family], dynamics: Dynamics, keys: Collection[str]
) -> CountedExperiments:
    """Count the experiments of families, equal ones once.

    Parameters
    ----------
    families
        What is broken.
    dynamics
        Names the engine, by which keys are made.
    keys
        Experiments to pick out: what a lake knows of.
    """
    wanted = {bytes.fromhex(key) for key in keys}
    engine_of = cache(dynamics.engine_of)
    # Members of one family differ in their seeds: only those of two may be equal.
    kept = bytearray() if len(families) > 1 else None
    asked: dict[bytes, Task[ExperimentSpec]] = {}
    for family in families:
        engine = engine_of(family.template.potential)
        for i_experiment, key in member_keys(family, engine):
            if kept is not None:
                kept += key
            if key in wanted and key not in asked:
                spec, name = family.member(i_experiment), key.hex()
                asked[key] = Task(key=name, subject=name, recipe=engine, payload=spec)
    planned = sum(family.count for family in families)
    if kept is not None:
        planned = int(np.unique(np.frombuffer(kept, dtype=f"S{_KEY_BYTES}")).size)
    engines = frozenset(engine_of(family.template.potential) for family in families)
    return CountedExperiments(planned, tuple(asked.values()), engines)


def member_keys(family: Family, engine: str) -> Iterator[tuple[int, bytes]]:
    """Yield the key of every member of a family, and which one it is.

    Two seeds are all that differs between members of one kind, so that all else is hashed once.
    """
    for i_kind in range(family.n_kind):
        yield from _keys_of_kind(family, i_kind, engine)


def _keys_of_kind(family: Family, i_kind: int, engine: str) -> Iterator[tuple[int, bytes]]:
    begun, middle, end = _around_seeds(family, i_kind, engine)
    seed, contact_seed = family.template.seed, family.template.contact.seed
    for i_experiment in range(i_kind, family.count, family.vary.n_combination):
        digest = begun.copy()
        digest.update(_fed(contact_seed + i_experiment))
        digest.update(middle)
        digest.update(_fed(seed + i_experiment))
        digest.update(end)
        yield i_experiment, digest.digest()


def _around_seeds(family: Family, i_kind: int, engine: str) -> tuple["blake2b", bytes, bytes]:
    spec = family.member(i_kind).model_dump(mode="json")
    spec["seed"], spec["contact"]["seed"] = _SEED, _CONTACT_SEED
    pieces = content_pieces("experiment", spec, engine)
    first, second = (pieces.index(str(seed).encode()) for seed in (_CONTACT_SEED, _SEED))
    # In front of each piece stands its length.
    begun = blake2b(b"".join(pieces[: first - 1]), digest_size=_KEY_BYTES)
    middle, end = b"".join(pieces[first + 1 : second - 1]), b"".join(pieces[second + 1 :])
    return begun, middle, end


def _fed(seed: int) -> bytes:
    text = str(seed).encode()
    return len(text).to_bytes(8, "little") + text
