"""Requests through the bridge between the ASGI server and Django's WSGI handler, with nothing replaced."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from inbox.lib.wsgi_bridge import WsgiBridge

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


# --- a Django site that says what reached it --------------------------------------------------------------------------


@csrf_exempt
def tell(request: HttpRequest, rest: str = "") -> JsonResponse:
    response = JsonResponse(
        {
            "method": request.method,
            "path": request.path,
            "rest": rest,
            "query": {key: request.GET.getlist(key) for key in request.GET},
            "cookies": request.COOKIES,
            "headers": dict(request.headers),
            "form": request.POST.dict(),
            "files": {name: file.size for name, file in request.FILES.items()},
            "host": request.get_host(),
            "port": request.get_port(),
            "scheme": request.scheme,
            "client": request.META["REMOTE_ADDR"],
        }
    )
    response.set_cookie("first", "1")
    response.set_cookie("second", "2", httponly=True)
    response["X-Name"] = "café"
    return response


@csrf_exempt
def digest(request: HttpRequest) -> HttpResponse:
    return HttpResponse(hashlib.sha256(request.read()).hexdigest())


def stream(request: HttpRequest) -> HttpResponse:
    from django.http import StreamingHttpResponse

    return StreamingHttpResponse(f"{number}," for number in range(1000))  # type: ignore[return-value]


def crash(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of ours")


urlpatterns = [
    path("digest/", digest),
    path("stream/", stream),
    path("crash/", crash),
    path("<path:rest>", tell),
    path("", tell),
]


@pytest.fixture
async def site() -> AsyncIterator[httpx.AsyncClient]:
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"]):
        async with client_of(get_wsgi_application()) as client:
            yield client


def client_of(application: Callable[..., Iterable[bytes]], *, threads: int = 4) -> httpx.AsyncClient:
    bridge = WsgiBridge(application, threads=threads)
    transport = httpx.ASGITransport(bridge, client=("203.0.113.9", 4711))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


# --- requests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_methods_arrive(site: httpx.AsyncClient, method: str) -> None:
    response = await site.request(method, "/some/where/?a=1&a=2&b=%E8%8A%B1")
    told = response.json()
    assert response.status_code == 200
    assert (told["method"], told["path"]) == (method, "/some/where/")
    assert told["query"] == {"a": ["1", "2"], "b": ["花"]}


async def test_head_reaches_the_page_and_says_how_long_it_is(site: httpx.AsyncClient) -> None:
    """The server in front drops the body, as daphne does; the headers are those of a GET."""
    head, get = await site.head("/x"), await site.get("/x")
    assert head.status_code == 200
    assert head.headers["Content-Type"] == get.headers["Content-Type"] == "application/json"
    assert "Content-Length" in head.headers


async def test_headers_arrive_by_their_names(site: httpx.AsyncClient) -> None:
    headers = [("X-One", "1"), ("X-Many", "a"), ("X-Many", "b"), ("Accept-Language", "zh-hant"), ("X-Utf8", "caf\xe9")]
    told = (await site.get("/", headers=[(name, value.encode("latin1")) for name, value in headers])).json()["headers"]
    assert told["X-One"] == "1"
    assert told["X-Many"] == "a,b"
    assert told["Accept-Language"] == "zh-hant"
    assert told["X-Utf8"] == "caf\xe9"


async def test_where_from_and_where_to_arrive(site: httpx.AsyncClient) -> None:
    told = (await site.get("/")).json()
    assert (told["host"], told["scheme"], told["client"]) == ("testserver", "http", "203.0.113.9")


async def test_cookies_go_both_ways(site: httpx.AsyncClient) -> None:
    first = await site.get("/", headers={"Cookie": "a=1; b=zwei"})
    assert first.json()["cookies"] == {"a": "1", "b": "zwei"}
    assert len(first.headers.get_list("Set-Cookie")) == 2
    assert any("HttpOnly" in cookie for cookie in first.headers.get_list("Set-Cookie"))
    assert (await site.get("/")).json()["cookies"] == {"first": "1", "second": "2"}


async def test_several_cookie_headers_are_one(site: httpx.AsyncClient) -> None:
    """HTTP/2 browsers split them."""
    response = await site.get("/", headers=[("Cookie", "a=1"), ("Cookie", "b=2")])
    assert response.json()["cookies"] == {"a": "1", "b": "2"}


@pytest.mark.parametrize("text", ["花/店", "naïve café", "a+b c", "100%", "שלום", "🌸", "semi;colon", "dots/../up"])
async def test_any_path_arrives(site: httpx.AsyncClient, text: str) -> None:
    told = (await site.get(f"/{quote(text, safe='')}")).json()
    assert told["rest"] == text
    assert told["path"] == f"/{text}"


async def test_forms_and_files_arrive(site: httpx.AsyncClient) -> None:
    told = (await site.post("/", data={"text": "Grüße 花 🌸\r\nline"})).json()
    assert told["form"] == {"text": "Grüße 花 🌸\r\nline"}
    told = (await site.post("/", data={"text": "x"}, files={"file": ("a.bin", b"\x00" * 3_000_000)})).json()
    assert (told["form"], told["files"]) == ({"text": "x"}, {"file": 3_000_000})


@pytest.mark.parametrize("size", [0, 1, 512 * 1024, 512 * 1024 + 1, 5_000_000])
async def test_bodies_of_any_size_arrive_whole(site: httpx.AsyncClient, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]
    response = await site.post("/digest/", content=body)
    assert response.text == hashlib.sha256(body).hexdigest()


async def test_a_body_in_pieces_arrives_whole(site: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(300):
            yield bytes([number % 256]) * 4000

    whole = b"".join(bytes([number % 256]) * 4000 for number in range(300))
    headers = {"Content-Length": str(len(whole))}
    response = await site.post("/digest/", content=pieces(), headers=headers)
    assert response.text == hashlib.sha256(whole).hexdigest()


# --- answers --------------------------------------------------------------------------------------------------------


async def test_statuses_and_headers_go_back(site: httpx.AsyncClient) -> None:
    response = await site.get("/")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert (await site.get("/admin")).status_code == 200  # nothing in the bridge knows addresses


async def test_streams_arrive_whole(site: httpx.AsyncClient) -> None:
    assert (await site.get("/stream/")).text == "".join(f"{number}," for number in range(1000))


async def test_an_error_of_ours_is_a_page_in_words(site: httpx.AsyncClient) -> None:
    response = await site.get("/crash/")
    assert response.status_code == 500
    assert "Something went wrong" in response.text
    assert "a secret of ours" not in response.text
    assert "ZeroDivisionError" not in response.text
    assert (await site.get("/")).status_code == 200, "the thread lives on"


async def test_an_application_that_raises_is_the_servers_problem() -> None:
    def broken(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise ZeroDivisionError

    async with client_of(broken) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/")


async def test_a_response_is_closed_even_when_it_breaks() -> None:
    """Django gives its database connection back when the response is closed."""
    closed = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield b"half"
            raise ZeroDivisionError

        def close(self) -> None:
            closed.append(True)

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Body()

    async with client_of(application) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/")
    assert closed == [True]


async def test_a_browser_that_leaves_while_sending_is_let_go() -> None:
    """Nothing of a half-received form is acted on."""
    served = []

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        served.append(environ)
        start_response("200 OK", [])
        return [b""]

    messages = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [], "http_version": "1.1"}
    await WsgiBridge(application, threads=1)(scope, receive, send)
    assert (served, sent) == ([], [])


# --- many at once ---------------------------------------------------------------------------------------------------


async def test_pages_are_made_side_by_side() -> None:
    """Every request waits until all four are being served: one after the other they never would be."""
    all_here = threading.Barrier(4, timeout=10)

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        all_here.wait()
        start_response("200 OK", [])
        return [threading.current_thread().name.encode()]

    async with client_of(application, threads=4) as client:
        responses = await asyncio.gather(*(client.get("/") for _ in range(4)))
    assert len({response.text for response in responses}) == 4


async def test_no_more_pages_than_threads() -> None:
    now_inside, most_inside, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        nonlocal now_inside, most_inside
        with lock:
            now_inside += 1
            most_inside = max(most_inside, now_inside)
        gate.wait(0.02)
        with lock:
            now_inside -= 1
        start_response("200 OK", [])
        return [environ["QUERY_STRING"].encode()]

    async with client_of(application, threads=2) as client:
        responses = await asyncio.gather(*(client.get(f"/?{number}") for number in range(10)))
    assert [response.text for response in responses] == [str(number) for number in range(10)]
    assert most_inside == 2


async def test_a_slow_page_does_not_hold_the_loop() -> None:
    gate = threading.Event()

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            assert gate.wait(10)
        start_response("200 OK", [])
        return [b"done"]

    async with client_of(application, threads=2) as client:
        slow = asyncio.create_task(client.get("/slow"))
        assert (await client.get("/quick")).text == "done"
        assert not slow.done()
        gate.set()
        assert (await slow).text == "done"
