"""Only our own pages are linked back to, and only what was typed on them is shown again."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from inbox.lib.http import own_referer, own_text

HERE = "http://testserver/w/lotus/rooms/7/?a=b"


def post(**headers: str) -> HttpRequest:
    return RequestFactory().post("/x/", {"text": "typed"}, headers=headers)


@pytest.mark.parametrize(
    "headers", [{"Referer": HERE}, {"Origin": "http://testserver"}, {"Referer": HERE, "Origin": "http://testserver"}]
)
def test_the_text_of_our_own_form_comes_back(headers: dict[str, str]) -> None:
    assert own_text(post(**headers)) == "typed"
    assert own_referer(post(**headers)) == headers.get("Referer", "")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Referer": "https://evil.example/"},
        {"Referer": "http://testserver.evil.example/"},
        {"Referer": "http://testserver@evil.example/"},
        {"Referer": "javascript:alert(1)"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Origin": "https://evil.example", "Referer": HERE},
    ],
)
def test_what_comes_from_elsewhere_does_not(headers: dict[str, str]) -> None:
    assert own_text(post(**headers)) == ""
    assert own_referer(post(**headers)) in ("", HERE)


def test_a_plain_page_is_no_link_of_a_secure_one() -> None:
    secure = RequestFactory().post("/x/", {"text": "typed"}, secure=True, headers={"Referer": HERE})
    assert own_referer(secure) == ""
