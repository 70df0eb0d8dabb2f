"""Settings of the chart for clusters of Ray, and campaigns on them."""

from typing import Annotated, Literal

from helm.value_parts import Name, Placement, Quantity, Resources, Values
from pydantic import Field


class Head(Values):
    """Node of Ray that runs the driver, and no work."""

    resources: Resources = Resources(cpu="2", memory="8Gi")
    """Of its container."""

    shared_memory: Quantity = "1Gi"
    """Of its object store, in /dev/shm; part of its memory."""

    placement: Placement = Placement()
    """Its nodes."""


class WorkerGroup(Values):
    """Equal nodes of Ray that do the work."""

    name: Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$")]
    """Name."""

    replicas: Annotated[int, Field(ge=0)] = 1
    """Pods at the beginning."""

    min_replicas: Annotated[int, Field(ge=0)] = 0
    """Fewest, if the cluster scales itself."""

    max_replicas: Annotated[int, Field(ge=0)] = 1
    """Most, if the cluster scales itself."""

    resources: Resources
    """Of the container: one worker a CPU, about 2 GiB each."""

    shared_memory: Quantity = "1Gi"
    """Of the object store, in /dev/shm; part of the memory."""

    image_tag: str = ""
    """Another version of the image, such as one with CUDA."""

    placement: Placement = Placement()
    """Nodes."""


class Autoscaling(Values):
    """Whether Ray asks for workers as it needs them."""

    enabled: bool = False
    """Whether it does."""

    idle_timeout_seconds: Annotated[int, Field(ge=60)] = 600
    """How long a worker may be idle; longer than the longest label."""

    upscaling_mode: Literal["Default", "Conservative", "Aggressive"] = "Default"
    """How fast workers are added."""

    resources: Resources = Resources(cpu="500m", memory="512Mi")
    """Of the container that scales."""


class Ray(Values):
    """Ray clusters, by the operator KubeRay 1.7 or newer."""

    version: Annotated[str, Field(pattern=r"^2\.\d+\.\d+$")] = "2.60.0"
    """Version in the image."""

    auth_secret: Name = "sekkei-ray"  # noqa: S105  (a name)
    """Secret with the key auth_token: who has it runs code on the cluster."""

    cluster: bool = False
    """Whether there is a long-lived cluster, for `sekkei campaign submit`."""

    head: Head = Head()
    """Its head."""

    worker_groups: Annotated[list[WorkerGroup], Field(min_length=1)] = [
        WorkerGroup(
            name="cpu", replicas=2, max_replicas=2, resources=Resources(cpu="8", memory="20Gi")
        )
    ]
    """Its workers."""

    autoscaling: Autoscaling = Autoscaling()
    """Whether it scales itself."""


class Keep(Values):
    """How long what is left of a campaign stays, in s."""

    workers_seconds: Annotated[int, Field(ge=0)] = 0
    """Workers; not if the cluster scales itself."""

    cluster_seconds: Annotated[int, Field(ge=0)] = 600
    """The whole cluster after success."""

    failed_cluster_seconds: Annotated[int, Field(ge=0)] = 3600
    """The head after a failure, so that one can look."""

    job_seconds: Annotated[int, Field(ge=0)] = 604800
    """The job itself, with its status."""


class Campaign(Values):
    """One campaign on a cluster of its own, that ends with it."""

    enabled: bool = False
    """Whether there is one."""

    specification: str = ""
    """As YAML: --set-file campaign.specification=campaign.yaml."""

    workers: Annotated[int, Field(ge=0)] = 0
    """Most workers at a time; one a CPU if 0. More than there are let the cluster grow."""

    active_deadline_seconds: Annotated[int, Field(ge=60)] = 172800
    """Longest time for all tries together."""

    backoff_limit: Annotated[int, Field(ge=0, le=10)] = 2
    """Further tries; each on a new cluster, and none does again what the lake holds."""

    submitter: Resources = Resources(cpu="500m", memory="1Gi")
    """Of the pod that submits it and shows its log."""

    keep: Keep = Keep()
    """What stays afterwards."""
