"""The chart as a cluster would get it, for each scenario, and a Slurm that only tells."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "sekkei"
SCENARIOS = sorted((CHART / "scenarios").glob("*.yaml"))

Documents = list[dict[str, Any]]
Render = Callable[..., Documents]


def render_files(values: dict[str, Any], release: str = "sekkei") -> dict[str, str]:
    with helm_python.Chart.load(CHART) as chart:
        return chart.render(values, name=release, namespace="lab")


def documents_of(files: dict[str, str]) -> Documents:
    manifests = [text for name, text in sorted(files.items()) if name.endswith(".yaml")]
    return [found for text in manifests for found in yaml.safe_load_all(text) if found]


@pytest.fixture(scope="session")
def render() -> Render:
    return lambda values: documents_of(render_files(values))


@pytest.fixture(scope="session", params=SCENARIOS, ids=lambda path: path.stem)
def scenario(request: pytest.FixtureRequest) -> dict[str, Any]:
    return yaml.safe_load(request.param.read_text("utf-8"))


@pytest.fixture(scope="session")
def documents(scenario: dict[str, Any]) -> Documents:
    return documents_of(render_files(scenario))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder beside the checkout with schemas of KubeRay, which are not copied into the project."""
    folder = Path(os.environ.get("SEKKEI_SHARED_FOLDER", ROOT.parent / "shared"))
    if not (folder / "tools" / "validate_k8s.py").is_file():
        pytest.skip(
            f"NO SCHEMAS OF KUBERAY: its objects were NOT validated; {folder} has no "
            "tools/validate_k8s.py, and SEKKEI_SHARED_FOLDER names no other"
        )
    return folder


def pods(documents: Documents) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every template of a pod, with its name."""
    for document in documents:
        spec, name = document.get("spec", {}), document["metadata"]["name"]
        cluster = spec.get("rayClusterSpec", spec)
        if "headGroupSpec" in cluster:
            yield f"{name} head", cluster["headGroupSpec"]["template"]
            for group in cluster["workerGroupSpecs"]:
                yield f"{name} {group['groupName']}", group["template"]
        if "submitterPodTemplate" in spec:
            yield f"{name} submitter", spec["submitterPodTemplate"]
        if document["kind"] in {"Deployment", "Job"}:
            yield name, spec["template"]


def containers(documents: Documents) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every container, that which scales Ray among them."""
    for name, pod in pods(documents):
        for container in pod["spec"]["containers"]:
            yield f"{name}/{container['name']}", container
    for document in documents:
        spec = document.get("spec", {})
        scaler = spec.get("rayClusterSpec", spec).get("autoscalerOptions")
        if scaler:
            yield f"{document['metadata']['name']}/autoscaler", scaler


HEAD = "10.0.0.7:20656"
"""What the stand-in says of the head, and of the ports of job 41."""

PORTS = (
    "--min-worker-port 0 --max-worker-port 0 --node-manager-port 20659 "
    "--object-manager-port 20660 --dashboard-agent-listen-port 20661 "
    "--dashboard-agent-grpc-port 20662 --runtime-env-agent-port 20663 --metrics-export-port 20664"
)


def stand_in(folder: Path, name: str, body: str) -> None:
    """Write a program that does what a test needs."""
    file = folder / name
    file.write_text(f"#!/bin/bash\n{body}\n")
    file.chmod(0o755)


@pytest.fixture
def slurm(tmp_path: Path) -> dict[str, str]:
    """An environment with what Slurm would give, and programs that tell what they were asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    stand_in(programs, "scontrol", "printf '%s\\n' node7 node8")
    stand_in(programs, "srun", 'while [[ $1 == -* ]]; do shift; done; exec "$@"')
    stand_in(programs, "activate", "")
    where = f"cat > /dev/null; echo {HEAD.replace(':', ' ')}"
    real = f'exec {sys.executable} "$@"'
    stand_in(programs, "python", f"if [[ $1 == - ]]; then {where}; else {real}; fi")
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(tmp_path),
        "SEKKEI_VENV": str(tmp_path),
        "SLURM_JOB_ID": "41",
        "SLURM_JOB_NODELIST": "node[7-8]",
        "SLURM_JOB_NUM_NODES": "2",
        "SLURM_CPUS_PER_TASK": "16",
        "SLURMD_NODENAME": "node7",
    }
