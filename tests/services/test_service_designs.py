"""Designs over HTTP: begun, asked, told, shown; and kept in the lake."""

import time

from sekkei.design import DesignSpec, DesignState, ask
from sekkei.design.state_lake import keep_state, state_in_lake
from sekkei.lake import Lake

YAML = {"content-type": "application/yaml"}
SPEC = "target_g0: 2.0\nelements: [Na, K]\nproposer: sobol\ninitial: 4\n"


def create(service, name="two", text=SPEC):
    return service.post(f"/v1/designs?name={name}", data=text, headers=YAML)


def test_a_design_is_begun_asked_and_told(serve):
    service = serve()
    begun = create(service)

    asked = service.post("/v1/designs/two/ask?n=3").json()["proposals"]
    seen = {"candidate": asked[0]["candidate"], "conductance_g0": 1.9, "sigma_g0": 0.1}
    told = service.post(
        "/v1/designs/two/tell", json={"observations": [seen | {"source": "measured"}]}
    ).json()
    shown = service.get("/v1/designs/two").json()

    assert begun.status_code == 201
    assert len(asked) == 3
    assert shown == told
    assert [p["id"] for p in shown["state"]["pending"]] == [p["id"] for p in asked[1:]]
    assert shown["state"]["observations"][0]["conductance_g0"] == 1.9
    assert service.get("/v1/designs").json() == {"names": ["two"]}


def test_a_design_begins_once(serve):
    service = serve()

    first, same = create(service), create(service)
    other = create(service, text=SPEC.replace("2.0", "3.0"))

    assert [a.status_code for a in (first, same, other)] == [201, 200, 409]


def test_the_audit_trail_has_what_changed_something(serve):
    service = serve()
    for _ in range(3):
        create(service)
    service.get("/v1/designs/two")
    service.post("/v1/designs/two/ask")

    entries = service.get("/v1/audit", "administrator").json()["entries"]

    assert [entry["action"] for entry in entries] == ["ask design", "create design"]


def test_asking_twice_with_one_key_asks_once(serve):
    service = serve()
    create(service)
    key = {"idempotency-key": "k"}

    first, second = (service.post("/v1/designs/two/ask", headers=key).json() for _ in range(2))

    assert first == second
    assert service.get("/v1/designs/two").json()["state"]["n_asked"] == 1


def test_what_cannot_be_told_is_refused_and_changes_nothing(serve):
    service = serve()
    create(service)
    candidate = {
        "composition": {"Cs": 1.0},
        "neck_length": 2,
        "neck_width": 1,
        "elongation_angstrom": 1.0,
    }
    seen = {"candidate": candidate, "conductance_g0": 1.0, "sigma_g0": 0.1, "source": "measured"}

    outside = service.post("/v1/designs/two/tell", json={"observations": [seen]})
    broken = service.post("/v1/designs/two/tell", json={"observations": [{"x": 1}]})
    none = service.post("/v1/designs/none/tell", json={})

    assert [a.status_code for a in (outside, broken, none)] == [422, 422, 404]
    assert service.get("/v1/designs/two").json()["state"]["observations"] == []


def test_a_reader_sees_designs_and_changes_none(serve):
    service = serve()
    create(service)

    assert service.get("/v1/designs/two").status_code == 200
    assert service.post("/v1/designs/two/ask", "reader").status_code == 403
    assert service.post("/v1/designs/two/tell", "reader", json={}).status_code == 403


def test_a_name_is_no_path(service):
    for name in ("..", ".hidden", "a/b", "%2e%2e%2fx", "a" * 65):
        assert create(service, name).status_code in (404, 422), name


def kept(lake, seconds=15.0):
    """The design as the lake has it; the service brings it there a moment later."""
    wanted = DesignSpec(target_g0=2.0, elements=("Na", "K"), proposer="sobol", initial=4)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = state_in_lake(Lake.open(lake), wanted)
        if found is not None and found.n_asked:
            return found
        time.sleep(0.2)
    return found


def test_a_design_of_the_service_is_kept_in_its_lake(serve):
    service = serve()
    create(service)

    service.post("/v1/designs/two/ask?n=2")

    shown = service.get("/v1/designs/two").json()["state"]
    assert kept(service.settings.lake) == DesignState.model_validate(shown)


def test_a_design_begun_elsewhere_is_shown_and_goes_on(serve):
    service = serve()
    spec = DesignSpec(target_g0=3.0, elements=("Na", "K"), proposer="sobol", initial=4)
    state, asked = ask(DesignState(spec=spec), 1)
    lake = Lake.open(service.settings.lake)
    with lake.committer() as committer:
        keep_state(committer, state)
    time.sleep(0.5)  # a service looks three times a second

    (name,) = service.get("/v1/designs").json()["names"]
    seen = {"candidate": asked[0].candidate.model_dump(), "conductance_g0": 3.0, "sigma_g0": 0.1}
    told = service.post(
        f"/v1/designs/{name}/tell", json={"observations": [seen | {"source": "measured"}]}
    )

    assert name == f"design-{spec.key[:12]}"
    assert told.status_code == 200
    assert told.json()["state"]["pending"] == []


def test_a_design_is_steered_while_somebody_fills_the_lake_and_kept_afterwards(serve):
    service = serve()
    create(service)

    with Lake.open(service.settings.lake).committer():
        asked = service.post("/v1/designs/two/ask")
        time.sleep(1.5)
    found = kept(service.settings.lake)

    assert asked.status_code == 200
    assert found.n_asked == 1


def test_one_design_has_one_name(serve):
    service = serve()
    create(service)

    again = create(service, "another")

    assert again.status_code == 409
    assert "design two asks for the same" in again.json()["detail"]
