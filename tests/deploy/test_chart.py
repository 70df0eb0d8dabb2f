"""The chart: its values, what it refuses, and that clusters take what it renders."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml
from helm.values_model import ChartValues, text
from tests.deploy.conftest import (
    CHART,
    SCENARIOS,
    Documents,
    Render,
    containers,
    documents_of,
    pods,
    render_files,
)

KUBERNETES = "1.33"
SPECIFICATION = "name: one\nexperiments: []\n"


def _refusal(values: dict[str, Any]) -> str:
    with pytest.raises(helm_python.HelmError) as caught:
        render_files(values)
    return str(caught.value)


def test_the_chart_is_linted_without_a_warning(scenario: dict[str, Any]) -> None:
    report = helm_python.lint(
        CHART, scenario, strict=True, namespace="lab", kube_version=f"v{KUBERNETES}.0"
    )

    # Severity 1 is advice: there is no icon.
    assert report["errors"] == []
    assert [found for found in report["messages"] if found["severity"] > 1] == []


def test_the_values_are_those_of_the_model() -> None:
    shown = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))

    assert shown == ChartValues().model_dump(mode="json", by_alias=True)


def test_the_schema_is_that_of_the_model() -> None:
    assert (CHART / "values.schema.json").read_text("utf-8") == text(), (
        "run python -m helm.values_model"
    )


def test_versions_are_those_of_the_project() -> None:
    root = CHART.parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    locked = (root / "requirements" / "image.txt").read_text("utf-8")
    compose = (root / "deploy" / "compose.yaml").read_text("utf-8")

    assert chart["version"] == chart["appVersion"] == project
    assert f"\nray=={ChartValues().ray.version} " in locked
    assert f"${{SEKKEI_VERSION:-{project}}}" in compose


def test_there_is_a_scenario_for_each_kind_of_place() -> None:
    assert [path.stem for path in SCENARIOS] == [
        "air-gapped",
        "autoscaled",
        "cpu-cluster",
        "gpu-workers",
        "laptop",
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"serviceX": {"enabled": False}}, "serviceX"),
        ({"lake": {"url": "/shared/lake"}}, "url"),
        ({"service": {"port": 70000}}, "port"),
        ({"ray": {"workerGroups": []}}, "workerGroups"),
        ({"image": {"digest": "latest"}}, "digest"),
    ],
    ids=["slip", "folder", "port", "no-workers", "digest"],
)
def test_a_value_that_cannot_be_is_refused(values: dict[str, Any], said: str) -> None:
    assert said in _refusal(values)


def test_a_campaign_without_a_specification_is_refused() -> None:
    assert "--set-file campaign.specification" in _refusal({"campaign": {"enabled": True}})


def test_scaling_without_a_way_to_the_api_server_is_refused() -> None:
    found = _refusal({"ray": {"cluster": True, "autoscaling": {"enabled": True}}})

    assert "networkPolicy.kubernetesApi must name" in found


def test_scaling_and_kueue_are_refused_together() -> None:
    ray = {"cluster": True, "autoscaling": {"enabled": True}}

    assert "exclude each other" in _refusal({"ray": ray, "kueue": {"queue": "lab"}})


def test_an_ingress_without_a_certificate_is_refused() -> None:
    ingress = {"enabled": True, "host": "sekkei.example.org"}

    assert "tokens travel" in _refusal({"service": {"ingress": ingress}})


def test_kubernetes_takes_every_object_of_its_own(documents: Documents) -> None:
    ours = [one for one in documents if not one["apiVersion"].startswith("ray.io/")]

    for document in ours:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    assert len(ours) >= 5


def test_kuberay_takes_every_object(shared: Path, tmp_path: Path) -> None:
    files = []
    for path in SCENARIOS:
        found = documents_of(render_files(yaml.safe_load(path.read_text("utf-8"))))
        assert {"RayCluster", "RayJob"} & {one["kind"] for one in found}, path.stem
        files.append(tmp_path / path.name)
        files[-1].write_text(yaml.safe_dump_all(found), "utf-8")

    command = [shared / "tools" / "validate_k8s.py", shared / "kuberay-crds", *files]
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith(", 0 failed")


def test_every_rendered_value_is_there(documents: Documents) -> None:
    # A null is what Helm makes of a value that a template misspells.
    def nulls(node: Any, path: str) -> list[str]:
        if isinstance(node, dict):
            return [found for key, value in node.items() for found in nulls(value, f"{path}/{key}")]
        if isinstance(node, list):
            return [found for i, value in enumerate(node) for found in nulls(value, f"{path}/{i}")]
        return [path] if node is None or node == "<no value>" else []

    assert [found for one in documents for found in nulls(one, one["kind"])] == []


def test_no_container_may_more_than_it_must(documents: Documents) -> None:
    for name, container in containers(documents):
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True, name
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert security["runAsNonRoot"] is True, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
        assert "/tmp" in mounts, f"{name} can write nowhere"
    for name, pod in pods(documents):
        assert pod["spec"]["securityContext"]["runAsUser"] > 0, name
        assert not pod["spec"].get("hostNetwork"), name
        assert not [v for v in pod["spec"]["volumes"] if "hostPath" in v], name


def test_only_the_head_that_scales_talks_to_the_api_server(documents: Documents) -> None:
    scales = any("autoscaler" in name for name, _ in containers(documents))

    talking = [
        name
        for name, pod in pods(documents)
        if pod["spec"].get("automountServiceAccountToken") is not False
    ]
    assert [name.split()[-1] for name in talking] == (["head"] if scales else [])


def test_a_container_gets_what_it_asks_for(documents: Documents) -> None:
    for name, container in containers(documents):
        resources = container["resources"]
        assert resources["requests"] == resources["limits"], name
        assert {"cpu", "memory"} <= resources["limits"].keys(), name


def test_ray_has_shared_memory_within_its_memory(documents: Documents) -> None:
    nodes = [(n, pod) for n, pod in pods(documents) if "sekkei/node" in pod["metadata"]["labels"]]

    assert len(nodes) >= 2
    for name, pod in nodes:
        (memory,) = (v for v in pod["spec"]["volumes"] if v["name"] == "shared-memory")
        (container,) = pod["spec"]["containers"]
        limit = container["resources"]["limits"]["memory"]
        assert memory["emptyDir"]["medium"] == "Memory", name
        assert _mebibytes(memory["emptyDir"]["sizeLimit"]) * 2 <= _mebibytes(limit), name
        assert "/dev/shm" in [mount["mountPath"] for mount in container["volumeMounts"]], name


def _mebibytes(quantity: str) -> float:
    return float(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def test_no_secret_is_in_the_chart(documents: Documents) -> None:
    assert "Secret" not in {one["kind"] for one in documents}
    for name, container in containers(documents):
        for variable in container.get("env", []):
            is_secret = any(word in variable["name"] for word in ("KEY", "PASSWORD", "STORE_URI"))
            assert ("valueFrom" in variable) == is_secret, (name, variable["name"])


def test_only_who_needs_the_bucket_has_its_key(documents: Documents) -> None:
    having = {
        name.split("/")[1]
        for name, container in containers(documents)
        if "/etc/sekkei/storage" in {one["mountPath"] for one in container["volumeMounts"]}
    }

    assert having <= {"service", "mlflow", "ray-head"}
    assert having


def test_a_gpu_group_asks_for_gpus_and_for_its_image() -> None:
    values = yaml.safe_load((CHART / "scenarios" / "gpu-workers.yaml").read_text("utf-8"))

    found = dict(pods(documents_of(render_files(values))))

    (cpu,) = found["sekkei-ray cpu"]["spec"]["containers"]
    (gpu,) = found["sekkei-ray gpu"]["spec"]["containers"]
    assert gpu["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert gpu["image"].endswith("-cuda")
    assert "nvidia.com/gpu" not in cpu["resources"]["limits"]


def test_the_air_gapped_scenario_asks_no_other_host() -> None:
    values = yaml.safe_load((CHART / "scenarios" / "air-gapped.yaml").read_text("utf-8"))

    found = documents_of(render_files(values))

    assert {c["image"].split("/")[0] for _, c in containers(found)} == {"registry.example.org:5000"}
    assert "0.0.0.0/0" not in json.dumps([o for o in found if o["kind"] == "NetworkPolicy"])
    for name, container in containers(found):
        told = {one["name"]: one.get("value") for one in container["env"]}
        assert told["MLFLOW_DISABLE_TELEMETRY"] == "true", name
        assert told["RAY_USAGE_STATS_ENABLED"] == "0", name


def test_the_notes_say_how_to_make_the_first_token() -> None:
    (notes,) = (text for name, text in render_files({}).items() if name.endswith("NOTES.txt"))

    assert "sekkei token create NAME --role operator --state /var/lib/sekkei" in notes


def test_two_releases_of_a_namespace_do_not_share_a_name() -> None:
    one, other = (documents_of(render_files({}, release=name)) for name in ("sekkei", "second"))

    names = [{(o["kind"], o["metadata"]["name"]) for o in found} for found in (one, other)]
    assert names[0] & names[1] == set()


def test_the_operator_of_kuberay_takes_a_campaign(render: Render) -> None:
    # What its code refuses and its schema does not (validation.go of the operator).
    campaign = {"enabled": True, "specification": SPECIFICATION}
    fixed = _job(render({"campaign": campaign}))
    scaled = {"ray": {"autoscaling": {"enabled": True}}, "networkPolicy": {"enabled": False}}
    grown = _job(render({"campaign": campaign, **scaled}))
    queued = _job(render({"campaign": campaign, "kueue": {"queue": "lab"}}))

    for job in (fixed, grown, queued):
        assert len(job["metadata"]["name"]) <= 47
        assert job["spec"]["backoffLimit"] == 2
        assert job["spec"]["activeDeadlineSeconds"] > 0
        assert job["spec"]["submissionMode"] == "K8sJobMode"
        assert job["spec"]["rayClusterSpec"]["authOptions"]["mode"] == "token"
    assert _times(fixed, "SUCCEEDED") == sorted(_times(fixed, "SUCCEEDED"))
    assert fixed["spec"]["shutdownAfterJobFinishes"] is False
    policies = [rule["policy"] for rule in grown["spec"]["deletionStrategy"]["deletionRules"]]
    assert "DeleteWorkers" not in policies
    assert grown["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"][
        "restartPolicy"
    ] == "Never"  # fmt: skip
    assert "deletionStrategy" not in queued["spec"]
    assert queued["spec"]["shutdownAfterJobFinishes"] is True
    assert queued["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "lab"


def _job(found: Documents) -> dict[str, Any]:
    (job,) = (one for one in found if one["kind"] == "RayJob")
    return job


def _times(job: dict[str, Any], status: str) -> list[int]:
    # In the order in which things are deleted: workers, cluster, job.
    rules = job["spec"]["deletionStrategy"]["deletionRules"]
    order = ["DeleteWorkers", "DeleteCluster", "DeleteSelf"]
    found = {
        rule["policy"]: rule["condition"]["ttlSeconds"]
        for rule in rules
        if rule["condition"].get("jobStatus") == status
    }
    return [found[policy] for policy in order]


def test_another_specification_is_another_job(render: Render) -> None:
    jobs = [
        _job(render({"campaign": {"enabled": True, "specification": told}}))
        for told in (SPECIFICATION, SPECIFICATION.replace("one", "two"))
    ]

    assert jobs[0]["metadata"]["name"] != jobs[1]["metadata"]["name"]
