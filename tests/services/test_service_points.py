"""Two columns for a plot: some points, counts of all rows."""

ASKED = {"x": "displacement_angstrom", "y": "conductance_g0"}


def test_points_are_thinned_and_counts_are_of_all_rows(service):
    total = service.get("/v1/lake/points", params=ASKED).json()["total"]

    found = service.get("/v1/lake/points", params=ASKED | {"most": 5, "bins": 7}).json()

    assert (found["total"], len(found["x"]), len(found["y"])) == (total, 5, 5)
    assert len(found["x_counts"]["edge"]) == 8
    assert sum(found["y_counts"]["count"]) == total
    assert found["y_counts"]["unit"] == "G0"


def test_one_column_may_be_both(service):
    found = service.get("/v1/lake/points", params={"x": "nsites", "y": "nsites"}).json()

    assert found["x"] == found["y"]


def test_no_row_is_no_point(service):
    found = service.get("/v1/lake/points", params=ASKED | {"filter": "nsites < 0"}).json()

    assert (found["total"], found["x"], sum(found["x_counts"]["count"])) == (0, [], 0)


def test_what_is_no_number_is_refused(service):
    answer = service.get("/v1/lake/points", params=ASKED | {"x": "stage"})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "a plot must be of numbers, but stage is none"
