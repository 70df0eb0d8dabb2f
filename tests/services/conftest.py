"""A service that really listens, over a small lake that was really made."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
import uvicorn

from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model import ParityTable, RegistryRow, StoredEvaluation, load_predictor
from sekkei.structure.experiment import ContactSpec, ExperimentSpec
from sekkei_service import ServiceSettings, TokenStore, create_app

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)
SPEC = CampaignSpec(
    name="four",
    experiments=[Family(count=4, template=ExperimentSpec(contact=CONTACT, cycles=1))],
    labels=LabelPlan(labeler="tight-binding", per_experiment=6),
)
SAVED = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"
ROLES = ("reader", "operator", "administrator")


def campaign_yaml(name: str = "small", count: int = 1, per_experiment: int = 1) -> str:
    """A campaign as somebody would write it."""
    return f"""\
name: {name}
experiments:
  - count: {count}
    template: {{contact: {{electrode: staggered-3, neck_width: 1}}, cycles: 1}}
labels: {{labeler: tight-binding, per_experiment: {per_experiment}}}
"""


@dataclass(frozen=True)
class Shelf:
    """A registry with one version, that of the repository."""

    text: str | None = None

    def list(self):
        predictor = load_predictor(SAVED)
        row = RegistryRow(
            name="alkali",
            version=1,
            aliases=("best", "newest"),
            run="run",
            identity=predictor.identity,
            family=predictor.family,
            quantity=predictor.quantity,
            lake_state="STATE",
            created=0.0,
            evaluation=StoredEvaluation("set", 3, 3, 0.1, 0.97, {"sharvin": 0.6}),
        )
        return [row]

    def load(self, name, which):
        return load_predictor(SAVED)

    def card(self, name, which):
        if self.text is None:
            raise InvalidInputError("a version must have a card, but alkali:1 has none")
        return self.text

    def parity(self, name, which):
        values = np.array([1.0, 2.0, 3.0])
        return [ParityTable("test", ("a", "b", "c"), values, values + 0.1, values / 10)]


@dataclass(frozen=True)
class Running:
    """A service, and a token of each role."""

    url: str
    settings: ServiceSettings
    tokens: dict[str, str]
    app: Any

    def call(self, method: str, path: str, role: str | None = "reader", **how: Any):
        headers = dict(how.pop("headers", {}))
        if role is not None:
            headers["authorization"] = f"Bearer {self.tokens.get(role, role)}"
        how.setdefault("timeout", 60)
        return requests.request(method, self.url + path, headers=headers, **how)

    def get(self, path: str, role: str | None = "reader", **how: Any):
        return self.call("GET", path, role, **how)

    def post(self, path: str, role: str | None = "operator", **how: Any):
        return self.call("POST", path, role, **how)


@contextmanager
def listening(settings: ServiceSettings, registry: Any = None) -> Iterator[Running]:
    """Serve until the context ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if settings.is_local:
            hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
            settings = settings.model_copy(update={"local_hosts": hosts})
        store = TokenStore(settings.state)
        tokens = {role: store.create(role, role, 1.0)[1] for role in ROLES}
        app = create_app(settings, registry)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Running(f"http://127.0.0.1:{port}", settings, tokens, app)
        finally:
            server.should_exit = True
            thread.join(timeout=20)


@pytest.fixture(scope="session")
def filled_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "lake"
    run_campaign(SPEC, Lake.create(path), SerialPool())
    return path


@pytest.fixture(scope="session")
def service(filled_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Read by many tests; none of them fills its lake or changes its tokens."""
    state = tmp_path_factory.mktemp("state")
    with listening(ServiceSettings(lake=filled_lake, state=state, is_serial=True)) as running:
        yield running


@pytest.fixture
def serve(filled_lake: Path, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Serve with settings of one's own, and a lake of one's own: designs are kept in it."""
    lake = Path(shutil.copytree(filled_lake, tmp_path / "served"))
    with ExitStack() as stack:

        def start(registry: Any = None, /, **changes: Any) -> Running:
            plain = {"lake": lake, "state": tmp_path / "state", "is_serial": True}
            settings = ServiceSettings(**(plain | changes))
            return stack.enter_context(listening(settings, registry))

        yield start


@pytest.fixture(scope="module")
def contract(filled_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve without limits on how often one may ask, to whoever sends anything."""
    limits = {"requests_per_minute": 1_000_000, "denials_per_minute": 1_000_000}
    state = tmp_path_factory.mktemp("contract")
    lake = shutil.copytree(filled_lake, state.with_name(f"{state.name}-lake"))
    plain = {"lake": Path(lake), "state": state, "is_serial": True, "limits": limits}
    with listening(ServiceSettings(**plain), Shelf()) as running:
        yield running


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    return Shelf()
