"""Campaigns wait for each other in order, also when the service was started anew."""

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from tests.services.conftest import campaign_yaml

from sekkei.campaign import CampaignSpec
from sekkei_service import ServiceSettings
from sekkei_service.campaign import campaign_list
from sekkei_service.campaign_process import write_json
from sekkei_service.campaign_queue import advancing
from sekkei_service.campaign_store import CampaignStore
from sekkei_service.problem import RefusedError
from sekkei_service.progress import ProgressReader

YAML = {"content-type": "application/yaml"}


class Store(CampaignStore):
    """Starts processes that only wait to be ended."""

    def _start(self, folder):
        place = folder / f"attempt-{len([*folder.glob('attempt-*')]) + 1}"
        place.mkdir()
        program = "import sys; sys.stdin.read()"
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", program, str(place)], stdin=subprocess.PIPE
        )
        write_json(place / "process.json", {"pid": process.pid, "started_unix_s": 1.0})
        self.processes[folder.name] = process

    def end(self, name):
        process = self.processes.pop(name)
        process.communicate()
        place = max((self._folder / name).glob("attempt-*"))
        write_json(place / "ended.json", {"code": 0, "ended_unix_s": 2.0})


@pytest.fixture
def processes():
    found = {}
    yield found
    for process in found.values():
        process.kill()
        process.communicate()


@pytest.fixture
def opened(tmp_path, processes):
    def make(**limits):
        settings = ServiceSettings(lake=tmp_path / "lake", state=tmp_path / "state", limits=limits)
        store = Store(settings)
        store.processes = processes
        return store

    return make


def spec(name):
    return CampaignSpec(name=name, labels={"labeler": "tight-binding", "where": ["nsites > 1"]})


def states(store):
    return {one.name: one.state for one in store.every()}


def test_campaigns_begin_in_the_order_in_which_they_came(opened):
    store = opened()
    for name in "abc":
        store.create(spec(name), "ada")
    first, places = states(store), [store.place(store.find(name)) for name in "abc"]

    store.advance()
    unchanged = states(store)
    store.end("a")
    store.advance()
    second = states(store)
    store.end("b")
    store.advance()

    assert first == unchanged == {"a": "running", "b": "queued", "c": "queued"}
    assert places == [None, 1, 2]
    assert second == {"a": "succeeded", "b": "running", "c": "queued"}
    assert states(store) == {"a": "succeeded", "b": "succeeded", "c": "running"}


def test_the_queue_outlives_the_service_and_nothing_begins_twice(opened):
    store = opened()
    for name in "ab":
        store.create(spec(name), "ada")
    store.end("a")

    second, third = opened(), opened()  # two services over one folder
    second.advance()
    third.advance()
    store.advance()

    assert states(third) == {"a": "succeeded", "b": "running"}
    assert len(third.find("b").attempts) == 1


def test_what_waits_can_be_cancelled_and_queued_again(opened):
    store = opened()
    for name in "abc":
        store.create(spec(name), "ada")

    cancelled = store.stop("b", is_forced=False)
    place = store.place(store.find("c"))
    again = store.resume("b")

    assert (cancelled.state, cancelled.attempts, place) == ("stopped", (), 1)
    assert (again.state, store.place(again)) == ("queued", 2)


def test_a_campaign_that_runs_or_waits_is_not_resumed(opened):
    store = opened()
    for name in "ab":
        store.create(spec(name), "ada")

    for name, state in (("a", "running"), ("b", "queued")):
        with pytest.raises(RefusedError, match=f"but {name} is {state}") as caught:
            store.resume(name)
        assert caught.value.status == 409


def test_one_that_ended_waits_for_its_next_attempt(opened):
    store = opened()
    store.create(spec("a"), "ada")
    store.end("a")
    store.create(spec("b"), "ada")

    waits = store.resume("a")
    store.end("b")
    store.advance()

    assert (waits.state, [one.state for one in waits.attempts]) == ("queued", ["succeeded"])
    assert [one.state for one in store.find("a").attempts] == ["succeeded", "running"]


def test_a_campaign_whose_process_cannot_begin_goes_on_waiting(tmp_path, monkeypatch):
    # The real store: on a full disk no process begins.
    store = CampaignStore(ServiceSettings(lake=tmp_path / "lake", state=tmp_path / "state"))

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(subprocess, "Popen", full)

    with pytest.raises(OSError, match="No space left"):
        store.create(spec("a"), "ada")
    with pytest.raises(OSError, match="No space left"):
        store.advance()

    found = store.find("a")
    assert (found.state, found.attempts, store.place(found)) == ("queued", (), 1)


def test_a_list_reads_each_campaign_once_however_many_wait(opened):
    store = opened()
    for name in "abcd":
        store.create(spec(name), "ada")
    read, find = [], store._read
    store._read = lambda folder: read.append(folder.name) or find(folder)

    rows = campaign_list(SimpleNamespace(campaigns=store, progress=ProgressReader()), None)

    assert {one.name: one.place for one in rows.campaigns} == {"a": None, "b": 1, "c": 2, "d": 3}
    assert sorted(read) == ["a", "b", "c", "d"]


def test_a_queue_has_an_end(opened):
    store = opened(queued=1)
    for name in "ab":
        store.create(spec(name), "ada")

    with pytest.raises(RefusedError, match="at most 1 campaigns may wait"):
        store.create(spec("c"), "ada")

    assert "c" not in states(store)


def test_a_queue_that_cannot_go_on_tries_again(caplog):
    tries, goes_on = [], threading.Event()

    def advance():
        tries.append(1)
        if len(tries) < 3:
            raise OSError(28, "No space left on device")
        goes_on.set()

    async def look():
        async with advancing(advance, look_s=0.0):
            assert await asyncio.to_thread(goes_on.wait, 20)

    # In a thread of its own: browser tests leave a loop that runs in this one.
    with caplog.at_level("ERROR", "sekkei_service"), ThreadPoolExecutor(1) as one:
        one.submit(asyncio.run, look()).result()

    assert [record.getMessage() for record in caplog.records] == [
        "the next campaign could not begin, or a design not be kept"
    ] * 2


@pytest.mark.slow
def test_the_next_campaign_begins_by_itself_and_a_stream_waits_with_it(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")
    for name in ("one", "two"):
        text = campaign_yaml(name)
        answer = service.post("/v1/campaigns", data=text, headers=YAML)

    figures = service.get("/metrics").text
    with service.get("/v1/campaigns/two/events", stream=True) as stream:
        told = stream.content.decode()

    deadline = time.monotonic() + 60
    while (found := service.get("/v1/campaigns/two").json())["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert answer.json()["state"] == "queued"
    assert 'sekkei_campaigns{state="queued"} 1.0' in figures
    assert 'event: ended\ndata: {"state":"succeeded"}' in told
    assert found["state"] == "succeeded"
