"""Settings of the chart: `python -m helm.values_model` writes `sekkei/values.schema.json`.

Helm refuses values that the schema forbids, so that a slip of the pen is an error, not a default.
"""

import json
from pathlib import Path
from typing import Annotated, Any

from helm.ray_values import Campaign, Ray
from helm.value_parts import FreeForm, Image, Name, Placement, Port, Quantity, Resources, Values
from pydantic import Field


class ObjectStorage(Values):
    """The bucket of the lake and of MLflow's files, outside the chart."""

    endpoint: Annotated[str, Field(pattern=r"^(https?://[^/\s]+)?$")] = ""
    """Address of a server of one's own; Amazon's if empty."""

    region: Annotated[str, Field(min_length=1)] = "us-east-1"
    """Region of the bucket; servers of one's own take any."""

    existing_secret: Name = "sekkei-object-storage"  # noqa: S105  (a name)
    """Secret with the key credentials: a file as the tools of AWS read it."""


class Lake(Values):
    """Where the rows are."""

    url: Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]+/[^\s]+$")] = "s3://sekkei/lake"
    """Bucket and prefix."""


class Persistence(Values):
    """Volume of the service: tokens, campaigns, audit trail."""

    size: Quantity = "5Gi"
    """Its size."""

    storage_class: str = ""
    """Its class; the default of the cluster if empty."""

    existing_claim: str = ""
    """A claim that is there already."""


class Ingress(Values):
    """The service under a name of the outside world."""

    enabled: bool = False
    """Whether there is one."""

    class_name: str = ""
    """Class; the default of the cluster if empty."""

    host: str = ""
    """Name."""

    tls_secret: str = ""
    """Secret with its certificate; needed, for tokens travel."""

    annotations: dict[str, str] = {}
    """For the ingress controller."""


class Service(Values):
    """The HTTP service."""

    enabled: bool = True
    """Whether it runs."""

    port: Port = 8765
    """Port."""

    resources: Resources = Resources(cpu="2", memory="6Gi")
    """Of its container; campaigns that are started by HTTP run inside it."""

    campaign_workers: Annotated[int, Field(ge=1)] = 1
    """Workers of such a campaign; at most its CPUs."""

    open_optimade: bool = False
    """Whether everybody may read OPTIMADE without a token."""

    tls_secret: str = ""
    """Secret of type TLS, if the service itself speaks HTTPS."""

    persistence: Persistence = Persistence()
    """Its volume."""

    ingress: Ingress = Ingress()
    """Its name outside."""

    placement: Placement = Placement()
    """Its nodes."""


class Mlflow(Values):
    """The model registry."""

    enabled: bool = True
    """Whether it runs."""

    port: Port = 5000
    """Port."""

    replicas: Annotated[int, Field(ge=1)] = 1
    """Pods; the state is in the database and the bucket."""

    workers: Annotated[int, Field(ge=1)] = 2
    """Processes a pod."""

    artifacts: Annotated[str, Field(pattern=r"^s3://[^\s]+$")] = "s3://sekkei/mlflow"
    """Where files of models are; clients get them through the server."""

    database_secret: Name = "sekkei-mlflow-database"  # noqa: S105  (a name)
    """Secret with the key uri: postgresql+psycopg2://USER:PASSWORD@HOST:5432/DATABASE."""

    allowed_hosts: list[str] = []
    """Further names by which browsers call it; those inside the cluster are known."""

    resources: Resources = Resources(cpu="1", memory="2Gi")
    """Of its container."""

    placement: Placement = Placement()
    """Its nodes."""


class Kueue(Values):
    """Waiting for quota, by Kueue."""

    queue: str = ""
    """Local queue of the namespace; none if empty."""

    priority_class: str = ""
    """Priority in it."""


class Peers(Values):
    """Somebody to talk to."""

    to: list[FreeForm] = []
    """Peers as in a NetworkPolicy."""

    ports: list[Port] = []
    """Ports of TCP."""


def _namespace(name: str) -> FreeForm:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


class NetworkPolicy(Values):
    """Nothing is let through but what is listed."""

    enabled: bool = True
    """Whether there are policies; the network of the cluster must enforce them."""

    dns: Peers = Peers(
        to=[
            {
                "namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                },
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        ports=[53],
    )
    """The name server."""

    object_storage: Peers = Peers(
        to=[{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}], ports=[443]
    )
    """The bucket's server."""

    database: Peers = Peers(
        to=[
            {"ipBlock": {"cidr": "10.0.0.0/8"}},
            {"ipBlock": {"cidr": "172.16.0.0/12"}},
            {"ipBlock": {"cidr": "192.168.0.0/16"}},
        ],
        ports=[5432],
    )
    """PostgreSQL."""

    kubernetes_api: Peers = Peers()
    """The API server: its address after translation; needed for autoscaling."""

    clients: list[FreeForm] = []
    """Who may call the service: peers, such as the namespace of the ingress controller."""

    monitoring: list[FreeForm] = []
    """Who may read figures: peers, such as the namespace of Prometheus."""

    operator: list[FreeForm] = [_namespace("kuberay-operator")]
    """The operator KubeRay, which asks the head how jobs fare."""


class ChartValues(Values):
    """Everything that can be set."""

    name_override: str = ""
    """Name of the objects instead of that of the release."""

    image: Image = Image()
    """What runs."""

    lake: Lake = Lake()
    """Where the rows are."""

    object_storage: ObjectStorage = ObjectStorage()
    """The bucket's server."""

    service: Service = Service()
    """The HTTP service."""

    mlflow: Mlflow = Mlflow()
    """The model registry."""

    ray: Ray = Ray()
    """Clusters."""

    campaign: Campaign = Campaign()
    """One campaign."""

    kueue: Kueue = Kueue()
    """Quota."""

    network_policy: NetworkPolicy = NetworkPolicy()
    """Who may talk to whom."""

    user_id: Annotated[int, Field(ge=1)] = 10001
    """User, and group, of every process: that of the image."""


def schema() -> dict[str, Any]:
    """Return the JSON schema of the values."""
    made = ChartValues.model_json_schema(by_alias=True)
    # Helm hands every chart these two, too.
    made["properties"] |= {"global": {"type": "object"}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(made)}


def text() -> str:
    """Return the content of the file."""
    return json.dumps(schema(), indent=2) + "\n"


def _plain(node: Any) -> Any:
    # Titles repeat the names, and defaults stand in values.yaml, where Helm reads them.
    if isinstance(node, dict):
        return {
            key: _plain(value) for key, value in node.items() if key not in {"title", "default"}
        }
    return [_plain(value) for value in node] if isinstance(node, list) else node


if __name__ == "__main__":
    (Path(__file__).parent / "sekkei" / "values.schema.json").write_text(text(), "utf-8")
