"""How the documents and the docstrings become a site: `make docs-site`."""

import os
import re
from html import escape
from importlib import import_module
from importlib.metadata import version as version_of
from pkgutil import walk_packages
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.logging import getLogger

# Importing MLflow must not phone home.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

project = "Sekkei"
author = "The Sekkei developers"
copyright = "2026, the Sekkei developers"  # noqa: A001  (Sphinx wants that name)
version = release = version_of("sekkei")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.apidoc", "numpydoc"]
# index.md includes README.md and stands for modules.rst.
exclude_patterns = ["README.md", "changes/**", "reference/api/modules.rst"]
# Many docstrings name a source for all they say, not for one sentence.
# Two records may have a field or a name in common, as `bytes`; a link then goes to either.
suppress_warnings = ["ref.citation", "ref.python"]

html_theme = "furo"
html_title = f"Sekkei {version}"
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

# One page per package, written next to the documents that are written by hand, and never committed.
# A page per module would take three times as long: the theme lists every page on every page.
apidoc_modules = [{"path": "../platform/sekkei", "destination": "reference/api"}]
apidoc_module_first = True
# What a package takes over from its modules is shown at the module. The variable is for packages,
# the setting for modules.
apidoc_automodule_options = {"members", "show-inheritance", "ignore-module-all"}
os.environ["SPHINX_APIDOC_OPTIONS"] = ",".join(sorted(apidoc_automodule_options))
# Shapes are shown where jaxtyping was loaded before our modules (`sekkei.shapes`).
import_module("jaxtyping")
# Before autodoc imports them with what only type checkers see, which neither FastAPI nor pydantic
# survives in every order of modules.
for module in walk_packages(import_module("sekkei").__path__, "sekkei."):
    import_module(module.name)
# numpydoc 1.11 fails on aliases of types in the newer autodoc of Sphinx 9.
autodoc_use_legacy_class_based = True
autodoc_member_order = "bysource"
# `Junction` in a docstring is a link where there is such a name, and code where there is none.
default_role = "py:obj"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def _display(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{_mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, *, as_block: bool) -> str:
    # Brackets of MathML grow with what they hold; docutils does not know the size that TeX is told.
    text = re.sub(r"\\[Bb]ig(?![a-z])", "", node.astext())
    if r"\\" in text and r"\begin" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    try:
        return str(tex2mathml(text, as_block=as_block))
    except MathError as error:
        getLogger(__name__).warning("%s in the formula %s", error, text, location=node)
        return f"<code>{escape(text)}</code>"


def _short(
    _app: Any, _what: str, _name: str, _object: Any, _options: Any, *text: str | None
) -> Any:
    # Where a shape cannot be parsed as Python, Sphinx shows its own mark for a short name.
    return tuple(part and part.replace("~jaxtyping.", "") for part in text)


def setup(app: Any) -> None:
    """Let docutils write formulas as MathML, which browsers draw without a script."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.connect("autodoc-process-signature", _short)
