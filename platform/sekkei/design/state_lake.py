"""Where a design stands, kept in the lake: whoever has the lake can go on."""

from pathlib import Path

from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.design.state_file import read_state
from sekkei.lake import Committer, Lake
from sekkei.lake.document import document_names, read_document
from sekkei.lake.store import is_lake

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

    Raises
    ------
    InvalidInputError
        If neither knows the design, or what they have is broken.
    """
    known = _known(file, lake, spec)
    # The file says what is missing.
    return read_state(file, spec, is_resumed=True) if known is None else known


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
        return in_lake
    in_file = read_state(file, spec, is_resumed=True)
    return in_file if in_lake is None else further(in_file, in_lake)


def designs_in_lake(lake: Lake) -> dict[str, DesignSpec]:
    """Return what every design asks for that the lake knows, by its identity."""
    names = [name for name in document_names(lake.root) if name.startswith(_PREFIX)]
    states = [DesignState.from_json(read_document(lake.root, name) or "") for name in names]
    return {state.spec.key: state.spec for state in states}


def further(one: DesignState, other: DesignState) -> DesignState:
    """Return the state of a design in which more was done; the first, if both are alike."""
    return other if _progress(other) > _progress(one) else one


def _progress(state: DesignState) -> tuple[int, int, int]:
    n_seen = len(state.observations) + len(state.failures)
    return state.n_round, n_seen, state.n_asked


def _name(spec: DesignSpec) -> str:
    return f"{_PREFIX}{spec.key}"
