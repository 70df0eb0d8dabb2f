"""The option ``--server``: the same output as where the lake is."""

import json
from pathlib import Path

import pytest
from tests.services.conftest import campaign_yaml

from sekkei.cli.app import run
from sekkei.lake import Lake
from sekkei.structure.extxyz import write_junctions

SAVED = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"
SMALL = campaign_yaml()


@pytest.fixture
def sekkei(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*words, token=None):
        if token is not None:
            monkeypatch.setenv("SEKKEI_TOKEN", token)
        code = run(list(map(str, words)))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["table", "json"])
def test_a_query_prints_the_same_here_and_there(sekkei, service, more):
    asked = ("lake", "query", 'stage = "pull"', "--limit", "5", *more)

    here = sekkei(*asked, "--lake", service.settings.lake)
    there = sekkei(*asked, "--server", service.url, token=service.tokens["reader"])

    assert here == there
    assert here[0] == 0
    assert here[2].startswith("5 of ")


def test_all_rows_and_none_are_printed_the_same(sekkei, service):
    for asked in (("--limit", "0", "--table", "experiment"), ("nsites < 1",)):
        here = sekkei("lake", "query", *asked, "--lake", service.settings.lake)
        there = sekkei(
            "lake", "query", *asked, "--server", service.url, token=service.tokens["reader"]
        )

        assert here == there


def test_what_a_lake_holds_is_told_with_the_address_of_the_service(sekkei, service):
    _, here, _ = sekkei("lake", "info", "--json", "--lake", service.settings.lake)
    _, there, _ = sekkei(
        "lake", "info", "--json", "--server", service.url, token=service.tokens["reader"]
    )

    assert json.loads(there) == json.loads(here) | {"path": service.url}


@pytest.mark.slow
def test_models_are_listed_and_predict_from_afar(sekkei, serve, shelf, filled_lake, tmp_path):
    lake = Lake.open(filled_lake)
    write_junctions(tmp_path / "two.extxyz", lake.junctions(sorted(lake.keys("snapshot"))[:2]))
    service = serve(shelf)
    token = service.tokens["reader"]

    code, listed, _ = sekkei("model", "list", "--json", "--server", service.url, token=token)
    here = sekkei("model", "predict", "two.extxyz", "--model", SAVED, "--json")
    there = sekkei(
        "model", "predict", "two.extxyz", "--model", "alkali", "--json", "--server", service.url
    )

    assert (code, json.loads(listed)["name"]) == (0, "alkali")
    assert here == there
    assert here[0] == 0


@pytest.mark.slow
def test_a_campaign_is_submitted_followed_shown_and_stopped_by_the_program(sekkei, serve, tmp_path):
    service = serve(lake=tmp_path / "lake")
    (tmp_path / "small.yaml").write_text(SMALL)
    there = ("--server", service.url, "--json")

    _, planned, _ = sekkei(
        "campaign", "submit", "small.yaml", "--dry-run", *there, token=service.tokens["operator"]
    )
    _, begun, _ = sekkei("campaign", "submit", "small.yaml", *there)
    code, followed, said = sekkei("campaign", "logs", "small", "--follow", *there)
    _, shown, _ = sekkei("campaign", "show", "small", *there)
    _, listed, _ = sekkei("campaign", "list", *there)
    ended, _, refused = sekkei("campaign", "stop", "small", *there)
    _, here, _ = sekkei("campaign", "run", "small.yaml", "--dry-run", "--json", "--lake", "other")

    assert planned == here
    assert json.loads(begun)["state"] == "running"
    assert (code, said) == (0, "small succeeded\n")
    assert [json.loads(line)["name"] for line in followed.splitlines()].count("done") == 2
    assert [stage["done"] for stage in json.loads(shown)["stages"]] == [1, 1]
    assert json.loads(listed)["campaign"] == "small"
    assert (ended, refused) == (1, "sekkei: campaign small does not run: it is succeeded\n")


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["table", "json"])
def test_a_histogram_is_told_the_same_here_and_there(sekkei, service, more):
    asked = ("histogram", "--element", "K", "--labels", *more)

    here = sekkei(*asked, "--lake", service.settings.lake)
    there = sekkei(*asked, "--server", service.url, token=service.tokens["reader"])

    assert here[0] == 0, here
    assert here == there
    assert "wrote histogram.png" in there[2]


def test_a_service_counts_one_source_and_reads_no_files_of_here(sekkei, service):
    there = ("histogram", "--server", service.url)
    token = service.tokens["reader"]

    _, _, several = sekkei(*there, "--model", "a", "--model", "b", token=token)
    _, _, own = sekkei(*there, "--measured", "pulls.txt", "--full")
    code, _, nobody = sekkei(*there, "--model", "nobody")

    assert "counts one source at a time, but found a, b" in several
    assert "but found --measured, --full, too" in own
    assert (code, "nobody" in nobody, nobody.count("\n")) == (2, True, 1)


def test_a_design_of_a_service_is_steered_by_the_program(sekkei, serve, tmp_path):
    service = serve()
    (tmp_path / "two.yaml").write_text("target_g0: 2.0\nelements: [Na, K]\nproposer: sobol\n")
    there = ("--server", service.url, "--json")

    code, asked, _ = sekkei(
        "design", "ask", "two.yaml", "--count", "2", *there, token=service.tokens["operator"]
    )
    first, second = (json.loads(line)["id"] for line in asked.splitlines())
    (tmp_path / "seen.csv").write_text(f"id,conductance_g0,sigma_g0\n{first},1.9,0.1\n")
    _, told, _ = sekkei("design", "tell", "two.yaml", "seen.csv", *there)
    _, shown, _ = sekkei("design", "show", "two.yaml", *there)
    exported, _, _ = sekkei("design", "export", "two.yaml", "--out", "out", *there)
    _, here, _ = sekkei("design", "ask", "two.yaml", "--count", "2", "--lake", "lake", "--json")

    assert code == 0
    assert here == asked
    assert json.loads(told) | {"told": 1, "pending": 1, "observations": 1} == json.loads(told)
    summary = json.loads(shown.splitlines()[0])
    assert (summary["page"], summary["hits"]) == (f"{service.url}/designs/two", 1)
    assert (exported, (tmp_path / "out" / "proposals.json").is_file()) == (0, True)
    assert second in shown


def test_what_a_service_cannot_do_with_a_design_is_one_line(sekkei, serve, tmp_path):
    service = serve()
    (tmp_path / "two.yaml").write_text("target_g0: 2.0\nelements: [Na, K]\nproposer: sobol\n")
    there, token = ("--server", service.url), service.tokens["operator"]

    none, _, nothing = sekkei("design", "show", "two.yaml", *there, token=token)
    sekkei("design", "ask", "two.yaml", *there)
    (tmp_path / "two.yaml").write_text("target_g0: 3.0\nelements: [Na, K]\nproposer: sobol\n")
    other, _, another = sekkei("design", "show", "two.yaml", *there)
    here, _, abandoned = sekkei("design", "tell", "two.yaml", "--abandon", "ab", *there)
    neither, _, nowhere = sekkei("design", "ask", "two.yaml")

    assert (none, "'two' is none" in nothing) == (2, True), nothing
    assert (other, "has another one; give the file another name" in another) == (2, True), another
    assert (here, "a service takes no proposal back" in abandoned) == (2, True)
    assert (neither, "neither --lake nor --server" in nowhere) == (2, True)


def test_what_is_here_is_not_named_beside_a_server(sekkei, service):
    code, _, said = sekkei("lake", "query", "--lake", "lake", "--server", service.url)
    neither, _, nothing = sekkei("lake", "query")
    nowhere, _, none = sekkei("campaign", "list")

    assert (code, neither, nowhere) == (2, 2, 2)
    assert "but found --lake, too" in said
    assert "neither --lake nor --server" in nothing
    assert "neither --address nor --server" in none


def test_a_server_that_is_not_there_is_one_line(sekkei):
    code, out, said = sekkei("lake", "info", "--server", "http://127.0.0.1:9")

    assert (code, out) == (1, "")
    assert said.startswith("sekkei: a service must answer at http://127.0.0.1:9, but: connection")
    assert said.count("\n") == 1
