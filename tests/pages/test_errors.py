"""When something is missing, forbidden or broken: a page in words, in the person's language, without our insides."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from inbox.workspaces.access import public
from tests.world import World

from .conftest import HTMX
from .reading import Page


@public
def crash(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of ours")


@public
def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("a reason of ours")


@public
def suspect(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("a suspicion of ours")


urlpatterns = [
    path("crash/", crash),
    path("forbid/", forbid),
    path("suspect/", suspect),
    path("", include("inbox.urls")),
]


@pytest.fixture
def browser(db: None) -> Client:
    return Client(raise_request_exception=False)


def test_a_wrong_address_is_a_page_in_words(browser: Client) -> None:
    page = Page(browser.get("/no/such/page/"))
    assert page.status == 404
    assert "There is nothing here" in page.text
    assert [link["href"] for link in page.all("a", "button-primary")] == ["/"]
    assert "urlpatterns" not in page.html
    assert "no/such/page" not in page.text


def test_members_get_the_same_page(amy: Client) -> None:
    page = Page(amy.get("/no/such/page/"))
    assert page.status == 404
    assert "There is nothing here" in page.text
    assert Page(amy.get("/w/lotus-flowers/rooms/987654321/")).one("h1").text == page.one("h1").text


def test_an_error_is_a_page_in_words_without_our_insides(browser: Client) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        page = Page(browser.get("/crash/"))
    assert page.status == 500
    assert "Something went wrong on our side" in page.text
    for inside in ("ZeroDivisionError", "a secret of ours", "Traceback", "test_errors"):
        assert inside not in page.html


def test_a_forbidden_page_is_in_words(browser: Client) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        page = Page(browser.get("/forbid/"))
    assert page.status == 403
    assert "You may not do this" in page.text
    assert "a reason of ours" not in page.html


def test_a_suspicious_request_learns_nothing(browser: Client) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        page = Page(browser.get("/suspect/"))
    assert page.status == 400
    assert "a suspicion of ours" not in page.html


def test_a_wrong_host_is_refused(browser: Client) -> None:
    response = browser.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_stale_form_is_a_page_in_words(world: World, headers: dict[str, str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    ours = {**headers, "Referer": "http://testserver/"}
    page = Page(browser.post("/workspaces/new/", {"name": "x", "text": "kept"}, headers=ours))
    assert page.status == 403
    assert "This form was out of date" in page.text
    assert page.one("textarea").raw_text == "kept"
    assert "CSRF" not in page.text


@pytest.mark.parametrize(
    ("language", "lang"),
    [("zh-hant", "zh-hant"), ("zh-hans", "zh-hans"), ("fr", "en"), ("", "en"), ("*garbage*", "en")],
)
def test_errors_are_in_the_persons_language(browser: Client, language: str, lang: str) -> None:
    page = Page(browser.get("/no/such/page/", headers={"Accept-Language": language}))
    assert page.status == 404
    assert page.one("html")["lang"] == lang


def test_error_pages_may_not_be_framed_and_load_nothing_foreign(browser: Client) -> None:
    for response in (browser.get("/no/such/page/"), browser.get("/accounts/login/")):
        assert response["X-Frame-Options"] == "DENY"
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        for element in Page(response).elements:
            for name in ("src", "href", "action"):
                assert not element.attributes.get(name, "").startswith(("http:", "https:", "//"))
            assert not any(name.startswith("on") for name in element.attributes)
            assert "style" not in element.attributes


# --- for machines ---------------------------------------------------------------------------------------------------


def test_the_health_check_answers_everybody(browser: Client) -> None:
    response = browser.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert browser.head("/healthz").status_code == 200
    assert browser.post("/healthz").status_code == 405


def test_the_health_check_is_not_redirected_to_tls(browser: Client) -> None:
    """A load balancer asks without it."""
    with override_settings(SECURE_SSL_REDIRECT=True):
        assert browser.get("/healthz").status_code == 200
        assert browser.get("/accounts/login/").status_code == 301


def test_the_health_check_fails_without_the_database(browser: Client) -> None:
    from django.db import connection

    class Unreachable(Exception):
        pass

    def refuse(*_statement: object) -> None:
        raise Unreachable

    with connection.execute_wrapper(refuse):
        assert browser.get("/healthz").status_code == 500
