"""Checkov's opinion of chart and image: what it finds is listed here, with the reason to leave it.

Checkov holds its dependencies at versions that ours exclude, so it lives elsewhere: where
SEKKEI_CHECKOV names its program, or on the PATH.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.deploy.conftest import SCENARIOS, Documents, documents_of, pods, render_files

IMAGE = Path(__file__).parents[2] / "deploy" / "image" / "Dockerfile"
REASONS = {
    "CKV_K8S_8": "KubeRay gives its nodes a liveness probe; a submitter is a job",
    "CKV_K8S_9": "KubeRay gives its nodes a readiness probe; a submitter is a job",
    "CKV_K8S_15": "an image is pulled again under its tag only where the tag moves; ours do not, "
    "and image.pullPolicy is a value (the air-gapped scenario sets Always)",
    "CKV_K8S_35": "MLflow reads the address of its database, password and all, from a variable; "
    "the keys of bucket and Ray are files",
    "CKV_K8S_43": "the image is built by whoever installs it, so nobody here knows its digest; "
    "image.digest takes it (the air-gapped scenario does)",
    "CKV_K8S_38": "only on the head that scales: its container needs the account that KubeRay "
    "makes for it",
    "CKV_DOCKER_7": "the base is an argument with a tag, which Checkov does not see",
}


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which(os.environ.get("SEKKEI_CHECKOV", "checkov"))
    if found is None:
        pytest.skip("NO CHECKOV: its checks were NOT run; pip install it elsewhere, and name it")
    return found


def _as_pods(documents: Documents) -> Documents:
    # Checkov knows no object of KubeRay, but it knows the pods in them.
    ours = [one for one in documents if one["apiVersion"].startswith("ray.io/")]
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name.replace(" ", "-"), "namespace": "lab", **pod["metadata"]},
            "spec": pod["spec"],
        }
        for name, pod in pods(ours)
    ]


@pytest.mark.slow
def test_every_check_that_fails_is_listed_with_its_reason(program: str, tmp_path: Path) -> None:
    for path in SCENARIOS:
        found = documents_of(render_files(yaml.safe_load(path.read_text("utf-8"))))
        (tmp_path / path.name).write_text(yaml.safe_dump_all([*found, *_as_pods(found)]), "utf-8")
    shutil.copy(IMAGE, tmp_path)
    command = [program, "-d", tmp_path, "--framework", "kubernetes", "dockerfile"]

    done = subprocess.run(
        [*command, "-o", "json", "--compact", "--skip-download"],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )

    reports = json.loads(done.stdout)
    failed = {
        (check["check_id"], check["resource"])
        for report in reports
        for check in report["results"]["failed_checks"]
    }
    assert sum(report["summary"]["passed"] for report in reports) > 500
    assert {check for check in failed if check[0] not in REASONS} == set()
    assert {check for check, _ in failed} == REASONS.keys()
