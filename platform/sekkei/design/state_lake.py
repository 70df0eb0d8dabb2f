"""Where a design stands, kept in the lake: whoever has the lake can go on."""

from functools import reduce
from pathlib import Path

from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.design.state_file import read_state, state_path
from sekkei.errors import InvalidInputError
from sekkei.lake import Committer, Lake
from sekkei.lake.document import document_names, read_document
from sekkei.lake.store import is_lake

BUDGET = ("rounds", "stop_at_chance")
"""What may be changed without another design beginning."""

_PREFIX = "design-"


def keep_state(committer: Committer, state: DesignState) -> str:
    """Write where a design stands into the lake; earlier states of the lake keep what they had.

    Returns
    -------
    str
        Id of the state of the lake that has it; `sekkei.lake.Lake.at` reads it again.
    """
    message = f"design after {state.n_round} rounds"
    return committer.keep_document(_name(state.spec), state.to_json(), message)


def state_in_lake(lake: Lake, spec: DesignSpec) -> DesignState | None:
    """Return where a design stands; ``None`` if the lake does not know it.

    Raises
    ------
    InvalidInputError
        If what the lake has is of another version, and no state any more.
    """
    text = read_document(lake.root, _name(spec))
    return None if text is None else DesignState.from_json(text)


def begun_state(file: Path, lake: Path, spec: DesignSpec) -> DesignState:
    """Return where a design stands by its file or by its lake, whichever is further.

    One that differs in nothing but when it ends, `BUDGET`, goes on with what is asked for now.

    Raises
    ------
    InvalidInputError
        If neither knows the design, or what they have is broken.
    """
    known = _known(file, lake, spec)
    if known is not None:
        return known
    if not is_lake(lake):
        raise InvalidInputError(
            f"a design must have begun, but {lake} is no lake, and no file beside it knows this "
            "one; mend its name, or begin by ask or run"
        )
    # The file says what is missing.
    return read_state(file, spec, is_resumed=True)


def begun_or_fresh(file: Path, lake: Path, spec: DesignSpec) -> DesignState:
    """Return where a design stands: at its beginning, if neither file nor lake knows it.

    Raises
    ------
    InvalidInputError
        If what they have is broken, or another design.
    """
    return _known(file, lake, spec) or DesignState(spec=spec)


def _known(file: Path, lake: Path, spec: DesignSpec) -> DesignState | None:
    in_lake = state_in_lake(Lake.open(lake), spec) if is_lake(lake) else None
    if not file.exists():
        return in_lake or of_other_budget(file, lake, spec)
    in_file = read_state(file, spec, is_resumed=True)
    return in_file if in_lake is None else further(in_file, in_lake)


def of_other_budget(file: Path, lake: Path, spec: DesignSpec) -> DesignState | None:
    """Return the state of a design that differs only in when it ends, as one of ``spec``.

    Parameters
    ----------
    file
        Where the state would be; others of its name lie beside it.
    lake
        Folder of the lake.
    spec
        What is asked for now.

    Raises
    ------
    InvalidInputError
        If it asks for fewer rounds than are done.
    """
    name = file.name.rsplit("-", 1)[0]
    found = [state for path in sorted(file.parent.glob(f"{name}-*{file.suffix}"))
             if (state := _of_lake(path, lake, name)) is not None]  # fmt: skip
    if is_lake(lake):
        found += _states(Lake.open(lake))
    alike = [state for state in found if _asks_alike(state.spec, spec)]
    if not alike:
        return None
    known = reduce(further, alike)
    if known.n_round > spec.rounds:
        raise InvalidInputError(
            f"rounds must be at least what is done, but is {spec.rounds} where {known.n_round} "
            f"are; write rounds: {known.n_round} or more",
            rounds=spec.rounds,
        )
    return known.model_copy(update={"spec": spec})


def designs_in_lake(lake: Lake) -> dict[str, DesignSpec]:
    """Return what every design asks for that the lake knows, by its identity."""
    return {state.spec.key: state.spec for state in _states(lake)}


def further(one: DesignState, other: DesignState) -> DesignState:
    """Return the state of a design in which more was done; the first, if both are alike."""
    return other if _progress(other) > _progress(one) else one


def _progress(state: DesignState) -> tuple[int, ...]:
    return state.n_round, state.n_seen, state.n_asked, len(state.finalists)


def _states(lake: Lake) -> list[DesignState]:
    names = [name for name in document_names(lake.root) if name.startswith(_PREFIX)]
    return [DesignState.from_json(read_document(lake.root, name) or "") for name in names]


def _of_lake(path: Path, lake: Path, name: str) -> DesignState | None:
    try:
        state = DesignState.from_file(path)
    except InvalidInputError:
        # Another design, that of another version: nobody asked for it.
        return None
    return state if state_path(state.spec, lake, name).name == path.name else None


def _asks_alike(one: DesignSpec, other: DesignSpec) -> bool:
    return one.model_copy(update={name: getattr(other, name) for name in BUDGET}) == other


def _name(spec: DesignSpec) -> str:
    return f"{_PREFIX}{spec.key}"
