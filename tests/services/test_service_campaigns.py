"""Campaigns over HTTP: started, watched, stopped, found again; none reads what it may not."""

import json
import time

import pytest
from tests.services.conftest import campaign_yaml

from sekkei.lake import Lake
from sekkei_service import ServiceSettings
from sekkei_service.campaign_store import CampaignStore

YAML = {"content-type": "application/yaml"}
SMALL = campaign_yaml(count=2, per_experiment=3)
LONG = campaign_yaml("long", count=2000, per_experiment=3)


def create(service, text=SMALL, role="operator", **headers):
    return service.post("/v1/campaigns", role, data=text.encode(), headers=YAML | headers)


def wait(service, name, *states, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = service.get(f"/v1/campaigns/{name}").json()
        if found["state"] in states:
            return found
        time.sleep(0.2)
    raise AssertionError(found)


def events(service, name, after=0, most=10_000):
    headers = {"last-event-id": str(after)}
    found, event = [], {}
    with service.get(f"/v1/campaigns/{name}/events", headers=headers, stream=True) as answer:
        for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
            if line:
                key, _, value = line.partition(": ")
                event[key] = value
            elif "event" in event:
                found.append((event["event"], int(event["id"]), json.loads(event["data"])))
                event = {}
                if len(found) == most:
                    return found
            else:
                event = {}
    return found


@pytest.mark.slow
def test_a_campaign_is_run_and_watched_to_its_end(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")

    begun = create(service)
    seen = events(service, "small")
    ended = wait(service, "small", "succeeded")

    assert begun.status_code == 201
    assert next(name for name, _, _ in seen) == "stage-started"
    assert seen[-1][0] == "ended"
    assert seen[-1][2] == {"state": "succeeded"}
    assert [one for one, _, _ in seen].count("done") == 8
    assert [(one["stage"], one["done"]) for one in ended["stages"]] == [
        ("experiments", 2),
        ("labels", 6),
    ]
    assert len(Lake.open(tmp_path / "lake").keys("label")) == 6
    assert "labels by" in service.get("/v1/campaigns/small/output", "operator").text


@pytest.mark.slow
def test_a_stream_that_broke_off_goes_on_where_it_was(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")
    create(service)

    first = events(service, "small", most=3)
    rest = events(service, "small", after=first[-1][1])
    whole = events(service, "small")

    assert first + rest == whole


@pytest.mark.slow
def test_a_campaign_outlives_its_service_and_is_found_stopped_and_resumed(serve, tmp_path):
    first = serve(lake=tmp_path / "lake")
    create(first, LONG)
    wait(first, "long", "running")

    second = serve(lake=tmp_path / "lake")  # another service over the same folders
    found = second.get("/v1/campaigns/long").json()
    waits = create(second, SMALL).json()
    place = second.get("/v1/campaigns").json()["campaigns"][0]["place"]
    taken = second.post("/v1/campaigns/small/stop").json()
    events(second, "long", most=5)
    stopped = second.post("/v1/campaigns/long/stop")
    ended = wait(second, "long", "stopped")
    again = second.post("/v1/campaigns/long/resume").json()
    second.post("/v1/campaigns/long/stop?force=true")
    forced = wait(second, "long", "stopped")

    assert found["state"] == "running"
    assert (waits["state"], waits["attempts"], waits["place"], place) == ("queued", [], 1, 1)
    assert (taken["state"], taken["place"], stopped.status_code) == ("stopped", None, 200)
    assert len(ended["attempts"]) == 1
    assert (again["state"], len(again["attempts"])) == ("running", 2)
    assert [one["state"] for one in forced["attempts"]] == ["stopped", "stopped"]
    who = [(e["who"], e["action"], e["outcome"]) for e in audit(second)]
    assert ("operator", "create campaign", "done") in who
    assert ("operator", "stop campaign", "done") in who


def audit(service):
    return service.get("/v1/audit", "administrator").json()["entries"]


@pytest.mark.slow
def test_a_request_that_is_sent_twice_is_done_once(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")
    key = {"idempotency-key": "one"}

    first = create(service, **key)
    second = create(service, **key)
    other = create(service, SMALL.replace("count: 2", "count: 3"), **key)
    same = create(service)
    changed = create(service, SMALL.replace("count: 2", "count: 3"))
    wait(service, "small", "succeeded")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert (other.status_code, same.status_code, changed.status_code) == (422, 200, 409)
    assert len(audit(service)) == 3


def test_a_dry_run_says_what_it_would_cost_and_starts_nothing(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")

    told = service.post("/v1/campaigns/dry-run", data=SMALL, headers=YAML).json()

    assert [stage["missing"] for stage in told["stages"]] == [2, 0]
    assert told["cpu_hours"] > 0
    assert service.get("/v1/campaigns").json() == {"campaigns": []}
    assert not (tmp_path / "lake").exists()


FORBIDDEN = {
    "a-file-of-the-server": "name: x\nlabels: {labeler: tight-binding, files: [/etc/passwd]}",
    "a-plug-in": (
        "name: x\nlabels: {labeler: surrogate, options: {folder: /etc}, where: [nsites > 1]}"
    ),
    "a-folder-as-option": (
        "name: x\nlabels: {labeler: gpaw, options: {cache_folder: /srv/x}, where: ['nsites > 1']}"
    ),
    "a-path-as-word": (
        "name: x\nlabels: {labeler: gpaw, options: {basis: ../../x}, where: ['nsites > 1']}"
    ),
    "a-design-file": ("name: x\nstages: [{name: d, design: {file: /etc/passwd, model: sekkei}}]"),
    "a-model-by-path": (
        SMALL + "stages: [{name: p, of: [experiments], inference: {model: /srv/model}}]"
    ),
    "endless-work": SMALL.replace("count: 2", "count: 900000"),
    "endless-kinds": SMALL.replace(
        "count: 2",
        f"count: 90000\n    vary: {{neck_width: {[1] * 300}, neck_length: {[2] * 300}}}",
    ),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_specification_reads_no_files_and_loads_nothing(service, name):
    for path in ("/v1/campaigns", "/v1/campaigns/dry-run"):
        answer = service.post(path, data=FORBIDDEN[name], headers=YAML)

        assert answer.status_code == 403, answer.text
        assert "root:" not in answer.text


HOSTILE = {
    "tagged": "!!python/object/apply:os.system ['true']",
    "billion-laughs": "a: &a [x]\nb: &b [*a, *a]\nname: *b",
    "a-key-twice": SMALL + "name: other\n",
    "many-digits": SMALL.replace("cycles: 1", f"cycles: {'1' * 5000}"),
    "deep": "[" * 2000,
    "deep-mapping": "\n".join(" " * i + "a:" for i in range(100)),
    "empty": "",
    "binary": b"\x00\xff\xfe",
    "a-list": "- 1",
    "a-date-that-is-none": "name: 2020-99-99",
    "unknown-key": SMALL + "extra: 1",
    "no-such-name": SMALL.replace("name: small", "name: ../../x"),
    "no-such-electrode": SMALL.replace("staggered-3", "nothing"),
    "two-documents": "name: x\n---\nname: y",
    "experiments-are-a-number": "name: x\nexperiments: 5\nstages: 7",
    "a-count-that-is-a-list": SMALL.replace("count: 2", "count: [2]\n    vary: 3"),
    "nan": SMALL.replace("cycles: 1", "temperature_k: .nan"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_specification_is_refused_in_one_line(service, name):
    text = HOSTILE[name]
    body = text if isinstance(text, bytes) else text.encode()

    answer = service.post("/v1/campaigns/dry-run", data=body, headers=YAML)

    assert answer.status_code == 422, answer.text
    assert "\n" not in answer.json()["detail"]


def test_a_specification_that_is_too_large_is_refused(serve):
    service = serve(limits={"specification_bytes": 1000, "body_bytes": 5000})

    large = service.post("/v1/campaigns", data="#" * 2000, headers=YAML)
    huge = service.post("/v1/campaigns", data="#" * 6000, headers=YAML)
    unsaid = service.post("/v1/campaigns", data=iter([b"#" * 6000]), headers=YAML)
    packed = service.post("/v1/campaigns", data="x", headers=YAML | {"content-encoding": "gzip"})

    assert [a.status_code for a in (large, huge, unsaid, packed)] == [413, 413, 413, 415]


def test_a_campaign_that_is_none_is_not_found(service):
    for path in ("none", "none/events", "none/output"):
        assert service.get(f"/v1/campaigns/{path}", "operator").status_code == 404
    for verb in ("stop", "resume"):
        assert service.post(f"/v1/campaigns/none/{verb}").status_code == 404


@pytest.mark.slow
def test_a_campaign_that_failed_says_why_in_one_line(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")
    with Lake.create(tmp_path / "lake").committer():  # somebody else fills the lake
        create(service)
        failed = wait(service, "small", "failed")

    assert failed["complaint"].startswith(
        "a lake has one committer at a time, but the lake is held"
    )
    assert events(service, "small", after=2**53) == [("ended", 2**53, {"state": "failed"})]


@pytest.mark.parametrize(("code", "is_told"), [(0, False), (1, True)])
def test_what_was_said_at_the_start_is_no_error_of_a_campaign_that_succeeded(
    serve, tmp_path, code, is_told
):
    service = serve(state=tmp_path / "own")
    place = tmp_path / "own" / "campaigns" / "x" / "attempt-1"
    place.mkdir(parents=True)
    (place.parent / "about.json").write_text('{"created_unix_s": 0.0, "created_by": "ada"}')
    (place.parent / "campaign.yaml").write_text("name: x")
    (place / "output.txt").write_text("sekkei: none of 2 workers is ready after 9 s\n")
    (place / "process.json").write_text('{"pid": 1, "started_unix_s": 0.0}')
    (place / "ended.json").write_text(f'{{"code": {code}, "ended_unix_s": 9.0}}')

    told = service.get("/v1/campaigns/x").json()["complaint"]

    assert bool(told) is is_told


def test_a_process_that_ended_without_a_word_is_lost_and_one_that_begins_is_not(tmp_path):
    settings = ServiceSettings(lake=tmp_path / "lake", state=tmp_path)
    place = tmp_path / "campaigns" / "x" / "attempt-1"
    place.mkdir(parents=True)
    (place.parent / "about.json").write_text('{"created_unix_s": 0.0, "created_by": "ada"}')
    (place.parent / "campaign.yaml").write_text("name: x")
    store = CampaignStore(settings)

    begins = store.find("x").state
    (place / "process.json").write_text('{"pid": 1, "started_unix_s": 0.0}')  # not ours

    assert (begins, store.find("x").state) == ("running", "lost")
