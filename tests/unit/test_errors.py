"""The tree of errors is what its docstring draws, and each carries message and facts."""

import inspect
import re

import pytest

from sekkei import errors
from sekkei.errors import ConvergenceError, InvalidInputError, LabelError, SekkeiError

BRANCH = re.compile(r"^ {4}(?P<indent>[│ ]*)(?:[├└]── )?(?P<name>\w+Error)\b(?P<rest>.*)$")


def _drawn() -> dict[str, tuple[str, set[str]]]:
    """Return parent and built-in bases of each class in the drawing."""
    tree, above = {}, {}
    for line in (errors.__doc__ or "").splitlines():
        found = BRANCH.match(line)
        if not found:
            continue
        depth = 0 if "──" not in line else 1 + len(found["indent"]) // 4
        above[depth] = found["name"]
        parent = above[depth - 1] if depth else "Exception"
        tree[found["name"]] = parent, set(re.findall(r"\(also an? (\w+)\)", found["rest"]))
    return tree


def _defined() -> dict[str, tuple[str, set[str]]]:
    classes = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    ]
    return {
        kind.__name__: (kind.__bases__[0].__name__, {base.__name__ for base in kind.__bases__[1:]})
        for kind in classes
    }


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    assert len(_drawn()) > 5
    assert _drawn() == _defined()


def test_an_error_carries_its_message_and_the_values_it_speaks_of() -> None:
    error = LabelError("atoms are 0.5 Å apart", distance_angstrom=0.5)

    assert str(error) == error.message == "atoms are 0.5 Å apart"
    assert error.facts == {"distance_angstrom": 0.5}


def test_facts_may_carry_any_name_but_that_of_the_message() -> None:
    assert SekkeiError("no", args=1, facts=2).facts == {"args": 1, "facts": 2}


def test_whoever_catches_value_errors_catches_invalid_input() -> None:
    with pytest.raises(ValueError, match="fix the call"):
        raise InvalidInputError("fix the call")


def test_whoever_records_refusals_records_what_did_not_converge() -> None:
    with pytest.raises(LabelError, match="must converge"):
        raise ConvergenceError("the density must converge")
