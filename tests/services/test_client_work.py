"""Models, campaigns and designs of a service, by the client."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.services.conftest import campaign_yaml

import sekkei
from sekkei.campaign import CampaignSpec, plan_campaign
from sekkei.client.problem import ServiceError
from sekkei.design import DesignSpec, Failure, Observation, ask
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.model import load_predictor, predict_each
from sekkei.specification import read_specification
from sekkei.structure.extxyz import write_junctions

SAVED = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"
SMALL = campaign_yaml(count=2, per_experiment=3)


@pytest.fixture
def operator(serve, shelf, tmp_path):
    service = serve(shelf, lake=tmp_path / "lake")
    with sekkei.connect(service.url, service.tokens["operator"]) as connection:
        yield connection


@pytest.fixture
def spec(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


@pytest.mark.slow
def test_a_model_predicts_the_same_here_and_there(operator, filled_lake, tmp_path):
    lake = Lake.open(filled_lake)
    junctions = lake.junctions(sorted(lake.keys("snapshot"))[:5])
    write_junctions(tmp_path / "some.extxyz", junctions)

    found = operator.models.predict("alkali:best", junctions)
    of_file = operator.models.predict("alkali", tmp_path / "some.extxyz")

    assert found.predictions == tuple(predict_each(load_predictor(SAVED), junctions))
    assert found.identity == load_predictor(SAVED).identity
    assert [one.n_atom for one in of_file.predictions] == [one.n_atom for one in junctions]


def test_models_are_listed_as_the_registry_lists_them(operator, shelf):
    assert operator.models.list() == shelf.list()
    assert operator.models.find("alkali:best") == shelf.list()[0]
    with pytest.raises(InvalidInputError, match="there is alkali:1/best/newest"):
        operator.models.predict("other", [])
    with pytest.raises(InvalidInputError, match="must have a card"):
        operator.models.card("alkali")


def test_a_dry_run_is_the_plan_of_the_library(operator, spec, tmp_path):
    wanted = read_specification(spec, CampaignSpec)

    assert operator.campaigns.plan(spec) == plan_campaign(wanted, Lake.create(tmp_path / "empty"))
    assert operator.campaigns.list() == []


@pytest.mark.slow
def test_a_campaign_is_submitted_watched_and_waited_for(operator, spec, tmp_path):
    begun = operator.campaigns.submit(spec)
    events = [*operator.campaigns.progress("small")]
    ended = operator.campaigns.wait("small")
    same = operator.campaigns.submit(read_specification(spec, CampaignSpec))

    assert (begun.state, ended.state) == ("running", "succeeded")
    assert [e.name for e in events].count("done") == 8
    assert events[0].name == "stage-started"
    assert [(s.stage, s.done) for s in ended.stages] == [("experiments", 2), ("labels", 6)]
    assert same == operator.campaigns.show("small")
    assert [one.name for one in operator.campaigns.list()] == ["small"]
    assert "labels by" in operator.campaigns.output("small")
    assert len(operator.lake.query("label")) == 6


def test_what_a_campaign_may_not_do_is_refused_in_one_line(operator, spec):
    spec.write_text("name: x\nlabels: {labeler: tight-binding, files: [/etc/passwd]}\n")
    with pytest.raises(ServiceError, match="files of the server are not read"):
        operator.campaigns.submit(spec)

    spec.write_text("name: x\nlabel: {}\n")
    with pytest.raises(InvalidInputError, match=r"small.yaml, line 2: unknown key 'label'"):
        operator.campaigns.submit(spec)

    with pytest.raises(InvalidInputError, match="must be one of this service, but 'none' is none"):
        operator.campaigns.show("none")


def test_a_design_is_steered_as_where_it_is_kept(operator):
    wanted = DesignSpec(target_g0=2.0, elements=("Na", "K"), proposer="sobol", initial=4)

    begun = operator.designs.create("two", wanted)
    asked = operator.designs.ask("two", 2)
    seen = Observation(
        candidate=asked[0].candidate, conductance_g0=1.9, sigma_g0=0.1, source="measured"
    )
    failed = Failure(
        candidate=asked[1].candidate, step="measure", kind="Broken", message="it broke"
    )
    told = operator.designs.tell("two", [seen, failed])

    assert begun == DesignState(spec=wanted)
    assert asked == ask(begun, 2)[1]
    assert (told.observations, told.failures, told.pending) == ((seen,), (failed,), ())
    assert operator.designs.show("two") == told
    assert operator.designs.list() == ["two"]
    with pytest.raises(ServiceError, match="is there with another specification"):
        operator.designs.create("two", wanted.model_copy(update={"target_g0": 3.0}))


@contextmanager
def streaming(*parts):
    """Answer each request for a stream with the next part, and break off; 503 if it is None."""
    asked, left = [], [*parts]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.close_connection = True
            if not self.path.endswith("/events"):
                body = b'{"status": "ok"}'
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return
            asked.append(int(self.headers["last-event-id"]))
            part = left.pop(0)
            if part is None:
                self.send_response(503)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for text in part:
                data = text.encode()
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            # No last chunk: as where the service was killed.

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def event(at, name, **facts):
    data = {"event": name, "campaign": "x", "time": 0.0} | facts
    return f"id: {at}\nevent: {name}\ndata: {str(data).replace(chr(39), chr(34))}\n\n"


def test_a_stream_that_breaks_off_is_taken_up_where_it_was(monkeypatch):
    first = [event(10, "stage-started", n_item=2), ": still here\n\n", event(20, "done", key="a")]
    half = [event(30, "done", key="b"), "id: 40\nevent: do"]
    rest = [event(40, "committed", n_item=2), event(40, "ended", state="succeeded")]
    with streaming(first, None, half, rest) as (url, asked):
        campaigns = sekkei.connect(url).campaigns
        monkeypatch.setattr(campaigns, "_sleep", lambda _: None)

        found = [(one.name, one.key, one.n_item) for one in campaigns.progress("x")]

    assert found == [
        ("stage-started", "", 2),
        ("done", "a", 1),
        ("done", "b", 1),
        ("committed", "", 2),
    ]
    assert asked == [0, 20, 20, 30]


def test_a_service_that_stays_away_while_a_campaign_is_watched_is_told(monkeypatch):
    with streaming([event(10, "done")], *[None] * 100) as (url, _):
        campaigns = sekkei.connect(url).campaigns
        monkeypatch.setattr(campaigns, "_sleep", lambda _: None)

        with pytest.raises(ServiceError, match="broke off"):
            [*campaigns.progress("x", reconnect_s=0.0)]
