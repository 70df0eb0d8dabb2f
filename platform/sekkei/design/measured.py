"""What a laboratory says of candidates: a CSV file, checked line by line."""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sekkei.design.candidate import Candidate, Failure, Observation
from sekkei.design.outcome import check_seen
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError

_CANDIDATE = ("composition", "neck_length", "neck_width", "elongation_angstrom")
_CHOSEN = ("placement", "taper", "electrode", "electrode_element", "temperature_k")
_SPECTRUM = ("spectrum", "spectrum_sigma")
COLUMNS = (
    "id",
    *_CANDIDATE,
    *_CHOSEN,
    "conductance_g0",
    "sigma_g0",
    "sample",
    "failure",
    *_SPECTRUM,
)
"""What a file may hold; a candidate is named by its proposal, or by what it is."""

_SHORTEST_ID = 6
_ROUNDING = 0.006
"""Fractions, Å or K by which numbers of a table may differ from those of its proposal."""

_Value = str | int | float | Mapping[str, float]

_PART = re.compile(r"([A-Z][a-z]?)\s*([0-9.eE+-]+)")


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows of a file."""

    sigma_g0: float | None = None
    """Standard deviation of a conductance, in G0, where a row has none."""

    noise_g0: float = 0.0
    """So far below zero a conductance may be, in G0; it is taken as 0."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file says."""

    outcomes: tuple[Observation | Failure, ...]
    """What is new."""

    n_repeated: int
    """Rows that say what is known: told before, or twice in the file."""


def read_outcomes(path: Path, state: DesignState, terms: Terms) -> Report:
    """Read what a laboratory measured of candidates of a design.

    Rows are separated by commas, and the first names the columns. A row is of a proposal (``id``,
    or its first characters), or of any candidate in the space. It has a conductance, or says why
    there is none; that of a pulling is its conductances after each of equal parts, separated by
    spaces. Rows of one candidate and one ``sample`` are of one contact. A row that equals
    one that was told of is left out, so that a file can be told again.

    Raises
    ------
    InvalidInputError
        If a row is not of that form, if its conductance is no finite number or too far below zero,
        or if its candidate is outside the space; names the line. Then nothing is told.
    """
    if not path.is_file():
        raise InvalidInputError(f"measurements must be in a file, but {path} is not one")
    known = [*state.observations, *state.failures]
    fresh: list[Observation | Failure] = []
    n_row = 0
    space = state.space
    for line, row in _rows(path):
        n_row += 1
        try:
            outcome = _outcome(row, state, terms)
            space.check(outcome.candidate)
            if isinstance(outcome, Observation):
                check_seen(state.spec, outcome)
        except InvalidInputError as error:
            raise InvalidInputError(f"{path}, line {line}: {error.message}", line=line) from error
        if outcome not in known and outcome not in fresh:
            fresh.append(outcome)
    if not n_row:
        raise InvalidInputError(
            f"{path} must have a row below its line of names, but has none; add what was measured"
        )
    return Report(tuple(fresh), n_row - len(fresh))


def proposal_id_of(identity: str, state: DesignState) -> str:
    """Return the whole identity of a proposal, given its first characters.

    Raises
    ------
    InvalidInputError
        If they are those of no proposal of this design, or of several, or too few.
    """
    found = [p.id for p in (*state.pending, *state.answered) if p.id.startswith(identity)]
    is_short = len(identity) < _SHORTEST_ID
    if is_short or len(found) != 1:
        raise InvalidInputError(
            f"id must be that of one proposal of this design, or its first {_SHORTEST_ID} "
            f"characters or more, but {identity!r} "
            + (f"has {len(identity)}" if is_short else f"is that of {len(found)}")
            + "; or say what the candidate is"
        )
    return found[0]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    raise InvalidInputError(
                        f"{path}, line {reader.line_num}: a row must have {len(header)} cells as "
                        f"the first line, but has {len(cells)}",
                        line=reader.line_num,
                    )
                values = (cell.strip() for cell in cells)
                yield reader.line_num, dict(zip(header, values, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{path} must be CSV, but: {error}") from error


def _check_header(path: Path, header: list[str]) -> None:
    strange = [name for name in header if name not in COLUMNS]
    if strange or len(set(header)) != len(header) or not header:
        found = "one is named twice" if header else "there is none"
        if strange:
            advice = "; separate them by commas" if ";" in strange[0] else ""
            found = f"found {strange[0]!r}{advice}"
        raise InvalidInputError(
            f"{path}, line 1: the columns must be of {', '.join(COLUMNS)}, but {found}", line=1
        )


def _outcome(row: Mapping[str, str], state: DesignState, terms: Terms) -> Observation | Failure:
    candidate = _candidate(row, state)
    conductance, failure = row.get("conductance_g0", ""), row.get("failure", "")
    if bool(conductance) == bool(failure):
        raise InvalidInputError(
            "a row must have a conductance_g0, or say in failure why there is none, but has "
            + ("both" if failure else "neither")
        )
    if failure:
        return Failure(candidate=candidate, step="measure", kind="Measurement", message=failure)
    cells = [conductance] if state.spec.plateau is None else conductance.split()
    found = tuple(_conductance(cell, terms.noise_g0) for cell in cells)
    sigma = row.get("sigma_g0", "")
    if not sigma and terms.sigma_g0 is None:
        raise InvalidInputError(
            "a conductance must have a standard deviation, but has none; add a column sigma_g0, "
            "or give one for all"
        )
    sample, spectrum = row.get("sample", ""), _spectrum(row, state)
    return Observation(
        candidate=candidate,
        conductance_g0=found[-1],
        sigma_g0=_not_negative("sigma_g0", sigma) if sigma else float(terms.sigma_g0 or 0.0),
        source="measured",
        # One sample pulled further is another candidate, and another structure.
        structure=f"sample {sample} {candidate.key[:12]}" if sample else "",
        pulling_g0=found if len(found) > 1 else (),
        spectrum=spectrum[0],
        spectrum_sigma=spectrum[1],
    )


def _spectrum(row: Mapping[str, str], state: DesignState) -> tuple[float | None, float | None]:
    wanted, value = state.spec.spectrum, row.get("spectrum", "")
    sigma = row.get("spectrum_sigma", "")
    if not value and not sigma:
        return None, None
    if wanted is None:
        raise InvalidInputError(
            "a spectrum must be asked for by the design, but this one asks for a conductance "
            "alone; leave out that column"
        )
    if not value:
        raise InvalidInputError(
            "a spectrum_sigma must be of a spectrum, but there is none; give it"
        )
    least = wanted.least_sigma
    found = _number("spectrum", value)
    return found, _not_negative("spectrum_sigma", sigma) if sigma else least


def _conductance(text: str, noise_g0: float) -> float:
    value = _number("conductance_g0", text)
    if value < -noise_g0:
        raise InvalidInputError(
            f"conductance_g0 must not be below zero by more than the noise of {noise_g0:g} G0, "
            f"but is {value:g}; take the offset off, or state the noise",
            conductance_g0=value,
        )
    return max(0.0, value)


def _not_negative(name: str, text: str) -> float:
    value = _number(name, text)
    if value < 0.0:
        raise InvalidInputError(f"{name} must not be below zero, but is {value:g}")
    return value


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInputError(f"{name} must be a finite number, but is {text!r}")
    return value


def _candidate(row: Mapping[str, str], state: DesignState) -> Candidate:
    identity = row.get("id", "")
    if identity:
        proposed = _proposed(identity, state)
        _check_same(row, proposed, state.spec)
        return proposed
    missing = [name for name in _CANDIDATE if not row.get(name)]
    if missing:
        raise InvalidInputError(
            f"a row must have the id of a proposal, or {', '.join(_CANDIDATE)}, but lacks "
            f"{missing[0]}"
        )
    composition = row["composition"]
    parts = _parts(composition)
    try:
        return Candidate.model_validate(
            {
                **{name: row[name] for name in _CANDIDATE},
                **_chosen(row, state.spec),
                "composition": parts,
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        message = fault["msg"].removeprefix("Value error, ")
        raise InvalidInputError(
            f"{fault['loc'][0]}: {message[0].lower()}{message[1:]} (found "
            f"{row[str(fault['loc'][0])]!r})"
        ) from error


def _chosen(row: Mapping[str, str], spec: DesignSpec) -> dict[str, str | int]:
    """Return what a row says of that which may be chosen; what a design has one of is let pass."""
    found: dict[str, str | int] = {name: row[name] for name in _CHOSEN if row.get(name)}
    fixed = (("electrode", spec.electrodes), ("electrode_element", spec.electrode_elements))
    for name, options in fixed:
        if len(options) == 1 and found.get(name) == options[0]:
            del found[name]
    warm, (low, high) = found.get("temperature_k"), spec.temperature_k
    if warm is not None and _number("temperature_k", str(warm)) == low == high:
        del found["temperature_k"]
    if "taper" not in found and spec.taper[0] == spec.taper[1]:
        found["taper"] = spec.taper[0]
    if "taper" not in found:
        raise InvalidInputError(
            f"a candidate must say its taper, because the specification leaves {spec.taper[0]} to "
            f"{spec.taper[1]}, but does not; name it"
        )
    return found


def _check_same(row: Mapping[str, str], proposed: Candidate, spec: DesignSpec) -> None:
    """Refuse a row that names a proposal and says something else of it, but for rounding."""
    for name in (*_CANDIDATE, *_CHOSEN):
        told, known = row.get(name, ""), _value(name, proposed, spec)
        # Of one element there is nothing to place.
        is_idle = name == "placement" and len(proposed.composition) == 1
        if told and not is_idle and not _is_same(name, told, known):
            raise InvalidInputError(
                f"a row with an id must say of its proposal what it is, but {name} is {told!r} and "
                f"the proposal has {_text(known)}; mend the id, or leave out that column"
            )


def _is_same(name: str, told: str, known: _Value) -> bool:
    if isinstance(known, str):
        return told == known
    if isinstance(known, Mapping):
        said = _parts(told)
        return all(
            abs(said.get(symbol, 0.0) - known.get(symbol, 0.0)) <= _ROUNDING
            for symbol in {*said, *known}
        )
    return abs(_number(name, told) - known) <= (0.0 if isinstance(known, int) else _ROUNDING)


def _parts(composition: str) -> dict[str, float]:
    return {symbol: _number("composition", x) for symbol, x in _PART.findall(composition)}


def _value(name: str, proposed: Candidate, spec: DesignSpec) -> _Value:
    # What a design has one of is not said of its candidates.
    contact = proposed.contact(spec, 0)
    fixed: dict[str, _Value] = {
        "electrode": contact.electrode,
        "electrode_element": contact.lead_element,
        "temperature_k": proposed.temperature(spec),
    }
    found: _Value = fixed[name] if name in fixed else getattr(proposed, name)
    return found


def _text(known: _Value) -> str:
    if isinstance(known, Mapping):
        return " ".join(f"{symbol}{x:.3g}" for symbol, x in known.items())
    return known if isinstance(known, str) else f"{known:g}"


def _proposed(identity: str, state: DesignState) -> Candidate:
    whole = proposal_id_of(identity, state)
    return next(p.candidate for p in (*state.pending, *state.answered) if p.id == whole)
