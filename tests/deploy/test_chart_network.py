"""Who may talk to whom in a cluster: nothing is let through but what must be."""

import ipaddress
from typing import Any

import pytest
from tests.deploy.conftest import Documents, Render, pods

EVERYTHING = {
    "ray": {"cluster": True},
    "campaign": {"enabled": True, "specification": "name: one\nexperiments: []\n"},
}
OUTSIDE = {"some": "pod"}


@pytest.fixture(scope="module")
def policies(render: Render) -> list[dict[str, Any]]:
    return [one["spec"] for one in render(EVERYTHING) if one["kind"] == "NetworkPolicy"]


@pytest.fixture(scope="module")
def labels(render: Render) -> dict[str, dict[str, str]]:
    found = {name: pod["metadata"]["labels"] for name, pod in pods(render(EVERYTHING))}
    short = {name.removeprefix("sekkei-"): value for name, value in found.items()}
    return {
        "service": short["service"],
        "mlflow": short["mlflow"],
        "migration": short["mlflow-migration"],
        "head": short["ray head"],
        "worker": short["ray cpu"],
        "submitter": next(value for name, value in short.items() if name.endswith("submitter")),
        "stranger": OUTSIDE,
    }


def _selects(selector: dict[str, Any], pod: dict[str, str]) -> bool:
    exact = selector.get("matchLabels", {}).items() <= pod.items()
    return exact and all(
        rule["operator"] == "In" and pod.get(rule["key"]) in rule["values"]
        for rule in selector.get("matchExpressions", [])
    )


def _admits(
    policies: list[dict[str, Any]], way: str, pod: dict[str, str], peer: dict[str, str], port: int
) -> bool:
    # As Kubernetes does it: without a policy all is open, with some each adds what it lists.
    concerned = [
        policy
        for policy in policies
        if way.capitalize() in policy["policyTypes"] and _selects(policy["podSelector"], pod)
    ]
    rules = [rule for policy in concerned for rule in policy.get(way, [])]
    side = "from" if way == "ingress" else "to"
    return not concerned or any(
        any(_selects(one["podSelector"], peer) for one in rule[side] if set(one) == {"podSelector"})
        and ("ports" not in rule or port in [one["port"] for one in rule["ports"]])
        for rule in rules
    )


@pytest.mark.parametrize(
    ("who", "whom", "port", "may"),
    [
        ("service", "mlflow", 5000, True),
        ("service", "head", 8265, True),
        ("service", "head", 6379, False),
        ("service", "worker", 8265, False),
        ("head", "mlflow", 5000, True),
        ("worker", "mlflow", 5000, False),
        ("head", "worker", 34567, True),
        ("worker", "head", 6379, True),
        ("submitter", "head", 8265, True),
        ("submitter", "head", 6379, False),
        ("submitter", "mlflow", 5000, False),
        ("mlflow", "service", 8765, False),
        ("head", "service", 8765, False),
        ("stranger", "mlflow", 5000, False),
        ("stranger", "head", 8265, False),
        ("stranger", "service", 8765, False),
        ("migration", "mlflow", 5000, False),
    ],
    ids=str,
)
def test_pods_talk_as_listed(
    policies: list[dict[str, Any]],
    labels: dict[str, dict[str, str]],
    who: str,
    whom: str,
    port: int,
    may: bool,
) -> None:
    leaves = _admits(policies, "egress", labels[who], labels[whom], port)
    enters = _admits(policies, "ingress", labels[whom], labels[who], port)

    assert (leaves and enters) == may


def test_every_pod_is_under_a_policy_for_both_ways(
    policies: list[dict[str, Any]], documents: Documents
) -> None:
    for name, pod in pods(documents):
        found = [p for p in policies if _selects(p["podSelector"], pod["metadata"]["labels"])]
        assert {way for policy in found for way in policy["policyTypes"]} == {
            "Ingress",
            "Egress",
        }, name


def test_workers_reach_nothing_outside(
    policies: list[dict[str, Any]], labels: dict[str, dict[str, str]]
) -> None:
    rules = [
        rule
        for policy in policies
        if _selects(policy["podSelector"], labels["worker"])
        for rule in policy.get("egress", [])
    ]

    assert [peer for rule in rules for peer in rule["to"] if "ipBlock" in peer] == []


def test_nobody_reaches_the_credentials_of_the_node(policies: list[dict[str, Any]]) -> None:
    # Clouds give a node's credentials to whoever asks this address.
    metadata = ipaddress.ip_address("169.254.169.254")
    blocks = [
        peer["ipBlock"]
        for policy in policies
        for rule in policy.get("egress", [])
        for peer in rule["to"]
        if "ipBlock" in peer
    ]

    assert blocks
    for block in blocks:
        excepted = [ipaddress.ip_network(one) for one in block.get("except", [])]
        inside = metadata in ipaddress.ip_network(block["cidr"])
        assert not inside or any(metadata in one for one in excepted), block


def test_policies_can_be_left_to_others(render: Render) -> None:
    found = render({**EVERYTHING, "networkPolicy": {"enabled": False}})

    assert "NetworkPolicy" not in {one["kind"] for one in found}
