"""Signing in: what a browser keeps, and what a page of another site cannot do with it."""

import pytest
import requests

from sekkei_service.access import COOKIE

FORM = {"content-type": "application/x-www-form-urlencoded"}


def own(service):
    return {"origin": service.url}


def send(service, path, data, headers):
    where = service.url + path
    return requests.post(where, data=data, headers=headers, allow_redirects=False, timeout=60)


def signed_in(service, role="operator"):
    return {"cookie": f"{COOKIE}={service.tokens[role]}"}


def test_who_has_not_signed_in_is_sent_to_do_so(service):
    answer = requests.get(f"{service.url}/lake?table=label", allow_redirects=False, timeout=60)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/lake%3Ftable%3Dlabel"


def test_a_token_is_kept_where_no_script_and_no_other_site_finds_it(service):
    form = {"token": service.tokens["reader"], "next": "/lake"}

    answer = send(service, "/sign-in", form, own(service))

    kept = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/lake")
    assert "HttpOnly" in kept
    assert "SameSite=strict" in kept
    assert "Max-Age" not in kept


@pytest.mark.parametrize("after", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_signing_in_leads_to_no_other_site(service, after):
    form = {"token": service.tokens["reader"], "next": after}

    assert send(service, "/sign-in", form, own(service)).headers["location"] == "/"


def test_a_wrong_token_is_said_to_be_one(service):
    answer = send(service, "/sign-in", {"token": "sekkei_no"}, own(service))

    assert answer.status_code == 401
    assert "this token is not valid" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_cookie_opens_the_interface_for_programs_too(service):
    answer = requests.get(f"{service.url}/v1/lake", headers=signed_in(service), timeout=60)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=["unsaid", "other", "sandboxed", "broken", "cross-site", "same-site", "typed"],
)
def test_a_page_of_another_site_does_nothing_with_our_cookie(service, headers):
    cookie = signed_in(service)
    for path in ("/v1/campaigns", "/v1/campaigns/some/stop"):
        kind = {"content-type": "application/yaml"}
        answer = send(service, path, "name: x", cookie | headers | kind)
        assert answer.status_code == 403, path
    assert send(service, "/sign-out", "", cookie | headers | FORM).status_code == 403


def test_a_form_of_another_site_does_nothing_at_a_local_service(serve):
    service = serve(is_local=True)

    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = send(service, "/sign-out", "a=b", headers | FORM)
        assert answer.status_code == 403, headers


def test_signing_in_and_out_in_a_browser(service, visit):
    visitor = visit(service, None)
    page = visitor.open("/lake?table=snapshot")
    page.get_by_label("Token").fill(service.tokens["reader"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/lake?table=snapshot")

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    visitor.open("/")

    assert page.url.endswith("/sign-in?next=/")
    assert visitor.complaints == []
