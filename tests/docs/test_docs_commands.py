"""What the documents show is true: commands parse, examples run."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from sekkei.cli.app import build_app, run
from sekkei.design import DesignSpec
from sekkei.specification import parse_specification

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = sorted([README, *(ROOT / "docs").rglob("*.md")])
REFERENCE = ROOT / "docs" / "reference" / "cli.md"
WORKED = {
    "hold-a-conductance": "3 G0 within 0.4 over 50 % of the pulling",
    "design-a-quiet-contact": "2.9 G0 within 0.3, Fano factor at most 0.08",
}
"""How-to guides of one design each, and what it asks for."""
RUN = (REFERENCE, ROOT / "docs" / "reference" / "input-convention.md")
OTHERS = [document for document in DOCUMENTS if document not in (*RUN, README)]

_FENCE = re.compile(
    r"(?P<before>[^\n]*)\n(?P<gap>\n?)```(?P<kind>\w+)\n(?P<text>.*?)\n```", re.DOTALL
)
_INLINE = re.compile(r"`(sekkei [^`]+)`")
_SHELLS = {"console", "bash", "sh", "shell"}


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    before: str

    @property
    def is_run(self) -> bool:
        return not re.match(r"<!-- not run: \S.* -->", self.before)

    @property
    def commands(self) -> list[str]:
        lines = (line.removeprefix("$ ") for line in self.text.splitlines())
        return [line for line in lines if line.startswith("sekkei ")]


def blocks(document: Path) -> list[Block]:
    return [
        Block(found["kind"], found["text"], found["before"])
        for found in _FENCE.finditer("\n" + document.read_text("utf-8"))
    ]


def commands(document: Path) -> list[str]:
    shown = [c for block in blocks(document) if block.kind in _SHELLS for c in block.commands]
    return shown + _INLINE.findall(document.read_text("utf-8"))


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def verbs(command, path=()):
    inner = getattr(command, "commands", None)
    if inner is None:
        return [" ".join(path)]
    return [v for child in inner for v in verbs(inner[child], (*path, child))]


def fault(text: str) -> str | None:
    """Why a command cannot be one of the program, or None."""
    words = shlex.split(text, comments=True)[1:]
    command = get_command(build_app())
    while words and hasattr(command, "commands"):
        if words[0].startswith("-") or words[0].isupper():  # --version; VERB as a placeholder
            break
        if words[0] not in command.commands:
            return f"no verb {words[0]!r}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    used = [word.partition("=")[0] for word in words if word.startswith("-")]
    return next((f"no option {word}" for word in used if word not in known), None)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_that_is_shown_is_one(document):
    faults = {text: fault(text) for text in commands(document)}

    assert {text: why for text, why in faults.items() if why} == {}


def test_a_command_that_is_none_is_noticed():
    assert fault("sekkei lake drain") == "no verb 'drain'"
    assert fault("sekkei lake info --lke x") == "no option --lke"
    assert fault("sekkei lake info --lake x  # what it holds") is None


def test_every_verb_stands_in_the_reference():
    shown = [text for block in blocks(REFERENCE) for text in block.commands]

    missing = [
        verb
        for verb in verbs(get_command(build_app()))
        if not any(text.startswith(f"sekkei {verb} ") or text == f"sekkei {verb}" for text in shown)
    ]
    assert missing == []


def test_every_option_stands_in_the_reference():
    text = REFERENCE.read_text("utf-8")

    def options(command):
        for child in getattr(command, "commands", {}).values():
            yield from options(child)
        yield from (o for p in command.params for o in p.opts if o.startswith("--"))

    assert {o for o in options(get_command(build_app())) if o not in text} <= {"--version"}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(RUN[0], marks=[pytest.mark.guard, pytest.mark.slow], id="cli.md"),
        pytest.param(RUN[1], id="input"),
    ],
)
def test_the_examples_of_the_reference_run(document, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}

    for block in filter(lambda b: b.is_run, blocks(document)):
        if block.kind == "yaml":
            (file,) = re.findall(r"`(\S+\.yaml)`", block.before)
            Path(file).write_text(block.text)
        if block.kind == "python":
            exec(compile(block.text, name(document), "exec"), names)
        for text in block.commands:
            code = run(shlex.split(text, comments=True)[1:])
            assert code == 0, (text, capsys.readouterr().err)


@pytest.mark.slow
@pytest.mark.dft
@pytest.mark.timeout(3600)  # five or six CPU-minutes
@pytest.mark.parametrize("page", WORKED)
def test_a_worked_design_runs_as_its_page_says(page, tmp_path, monkeypatch, capsys):
    pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")
    monkeypatch.chdir(tmp_path)
    Path("data").symlink_to(ROOT / "data")

    for block in blocks(worked(page)):
        if block.kind == "yaml":
            Path("contact.yaml").write_text(block.text)
        for text in block.commands:
            code = run(shlex.split(text, comments=True)[1:])
            ended = capsys.readouterr()
            assert code == 0, (text, ended.err)
            if "design run" in text:
                assert f"finalists conduct {WORKED[page]}" in ended.err
            if "design export" in text:
                assert Path("out/proposals.extxyz").is_file()


@pytest.mark.parametrize("page", WORKED)
def test_the_design_of_a_worked_page_is_one(page):
    (text,) = [block.text for block in blocks(worked(page)) if block.kind == "yaml"]

    spec = parse_specification(yaml.safe_load(text), DesignSpec)

    assert str(spec.target) == WORKED[page]


def worked(page):
    return ROOT / "docs" / "how-to" / f"{page}.md"


@pytest.mark.parametrize(
    "document",
    [
        d
        for d in DOCUMENTS
        if d not in (*RUN, README) and any(b.kind == "python" for b in blocks(d))
    ],
    ids=name,
)
def test_python_in_the_documents_runs(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").symlink_to(ROOT / "data")
    names = {"__name__": "document"}

    for block in blocks(document):
        if block.kind == "python" and block.is_run:
            exec(compile(block.text, name(document), "exec"), names)


def test_the_example_of_the_readme_prints_what_stands_below_it(capsys):
    text = README.read_text("utf-8")
    ((code, shown),) = re.findall(
        r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", text, re.DOTALL
    )

    exec(compile(code, "README.md", "exec"), {})

    assert capsys.readouterr().out == shown
