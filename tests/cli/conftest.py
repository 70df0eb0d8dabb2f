from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.cli.app import run
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.structure.experiment import ContactSpec, ExperimentSpec

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)
SPEC = CampaignSpec(
    name="four",
    experiments=[Family(count=4, template=ExperimentSpec(contact=CONTACT, cycles=1))],
    labels=LabelPlan(labeler="tight-binding", per_experiment=6),
)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("sekkei: ")]


Program = Callable[..., Ended]


@pytest.fixture
def sekkei(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Program:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Ended:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A real lake, a model labelled it: read by many tests and written by none.
    path = tmp_path_factory.mktemp("filled") / "lake"
    run_campaign(SPEC, Lake.create(path), SerialPool())
    return path


@pytest.fixture
def campaign_file(tmp_path: Path) -> Path:
    file = tmp_path / "campaign.yaml"
    file.write_text(
        """\
name: small
experiments:
  - count: 2
    template:
      contact: {electrode: staggered-3, neck_width: 1}
      cycles: 1
labels:
  labeler: tight-binding
  per_experiment: 3
"""
    )
    return file
