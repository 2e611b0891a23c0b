"""Bodies that the bridge must count itself: chunked ones announce no length, and some are too large."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from inbox.lib.wsgi_bridge import WsgiBridge


@csrf_exempt
def tell(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"text": request.POST.get("text"), "length": request.META["CONTENT_LENGTH"]})


urlpatterns = [path("", tell)]


def client_of(application: Any, **limits: int) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(WsgiBridge(application, threads=1, **limits))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_chunked_form_arrives() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"]):
        async with client_of(get_wsgi_application()) as client:
            told = (await client.post("/", content=pieces(b"text=he", b"llo"), headers=headers)).json()
    assert told == {"text": "hello", "length": "10"}


FORM = {"Content-Type": "multipart/form-data; boundary=b"}
SIGNED_IN = {**FORM, "Cookie": "theme=dark; sessionid=abc"}


@pytest.mark.parametrize(
    ("size", "headers", "status"),
    [
        (1000, {}, 200),
        (1001, {}, 413),
        (1000, FORM, 200),
        (1001, {**FORM, "Cookie": "notsessionid=abc"}, 413),
        (3000, SIGNED_IN, 200),
        (3001, SIGNED_IN, 413),
    ],
)
async def test_a_body_over_the_limit_is_refused_in_words_and_reaches_no_page(
    size: int, headers: dict[str, str], status: int
) -> None:
    served = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        served.append(environ["CONTENT_LENGTH"])
        start_response("200 OK", [])
        return [b"done"]

    async with client_of(application, max_bytes=1000, max_file_bytes=2000) as client:
        answer = await client.post("/", content=pieces(b"x" * 600, b"x" * (size - 600)), headers=headers)
    assert answer.status_code == status
    assert served == ([str(size)] if status == 200 else [])
    assert ("larger than" in answer.text) == (status == 413)
