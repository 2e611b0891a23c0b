"""What is kept of an exchange with a vendor holds no secret, wherever it stood and however it was spelt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from django.test import Client

from channels_adapters.errors import SendError
from channels_adapters.types import HttpRequest
from inbox.connections.calls import vendor_call
from inbox.connections.models import ApiCall, Connection
from inbox.connections.redaction import HIDDEN, LONGEST_BODY, readable_body, redact
from inbox.workspaces.tenancy import scope

from .conftest import ACCOUNTS, TOKEN
from .vendor import Asked, Vendor

Connect = Callable[..., Connection]
ODD = 'sl/ash+plus "quote" ü%='


@pytest.mark.parametrize(
    "text",
    [
        ODD,
        json.dumps({"quoted": ODD}),
        json.dumps({"quoted": ODD}).replace("/", "\\/"),
        "key=sl%2Fash%2Bplus%20%22quote%22%20%C3%BC%25%3D&x=1",
    ],
)
def test_a_secret_is_hidden_in_every_spelling(text: str) -> None:
    shown = redact(text, [ODD])
    assert HIDDEN in shown
    assert "ash" not in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token": "never-seen-before", "expires_in": 7200}',
        '{\\"access_token\\": \\"never-seen-before\\"}',
        "access_token=never-seen-before&grant_type=x",
        "client_secret=never-seen-before",
        '{"appsecret_proof":"never-seen-before"}',
        "Authorization: Bearer never-seen-before",
        "EAAGnever-seen-before1234567890",
        "malformed access token IGAAnever-seen-before1234567890",
    ],
)
def test_a_token_that_we_were_never_told_is_known_by_its_name_or_its_looks(text: str) -> None:
    assert "never-seen-before" not in redact(text, [])


def test_ordinary_words_stay() -> None:
    text = '{"to": "85291234567", "text": {"body": "The secret of our token roses"}, "id": "wamid.ABC"}'
    assert redact(text, ["t0ken"]) == text


def test_long_bodies_are_cut_and_leave_no_half_of_a_secret() -> None:
    secret = "half-and-half" * 20
    for before in range(LONGEST_BODY * 8 - 300, LONGEST_BODY * 8 + 600, 7):
        body = (secret * (before // len(secret)) + "x" * (before % len(secret)) + secret).encode()
        shown = readable_body(body, {"content-type": "text/plain"}, {secret})
        assert len(shown) <= LONGEST_BODY
        assert "half" not in shown


def test_files_are_told_by_size_and_texts_hold_no_nul() -> None:
    assert readable_body(b"\x89PNG\x00\x01", {"Content-Type": "image/png"}, set()) == "(6 bytes of image/png)"
    assert readable_body(b"a\x00b\xff", {"content-type": "application/json"}, set()) == "ab\ufffd"
    assert readable_body(b"", {}, set()) == ""


@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_no_secret_that_a_vendor_hears_or_echoes_is_kept(
    channel: str, connect: Connect, scripted: Vendor, owner: Client
) -> None:
    """The vendor answers with everything it was sent: address, headers and body."""

    def echo(asked: Asked) -> tuple[int, object]:
        return 400, {"error": {"code": 1, "message": f"{asked.path} {asked.query} {asked.headers} {asked.body}"}}

    connection = connect(channel)
    hidden = [TOKEN, connection.credentials.get("app_secret", TOKEN), "short-lived"]
    scripted.answers = ACCOUNTS[channel].answers | {"spoken": echo}

    def describe(known: Mapping[str, str]) -> list[HttpRequest]:
        token = known["access_token"]
        body = json.dumps({"a": token, "secret": connection.credentials.get("app_secret", "none")}).encode()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return [HttpRequest("POST", f"{scripted.url}/v1/spoken?plain=1", headers, body, {"access_token": token})]

    with pytest.raises(SendError):
        vendor_call(connection=connection, describe=describe, read=connection.adapter.check, read_timeout=5)
    assert scripted.asked[-1].headers["authorization"].removeprefix("Bearer ") in scripted.asked[-1].body, "it did hear"
    with scope(connection.workspace_id):
        rows = str(list(ApiCall.objects.filter(connection=connection).values()))
    assert "127.0.0.1/v1/spoken?plain=1" in rows
    assert HIDDEN in rows
    pages = owner.get(f"/admin/connections/apicall/?connection={connection.pk}").content.decode()
    for pk in ids_of(connection):
        pages += owner.get(f"/admin/connections/apicall/{pk}/change/").content.decode()
    assert "spoken" in pages
    assert [secret for secret in hidden if secret in rows or secret in pages] == []


def ids_of(connection: Connection) -> list[int]:
    with scope(connection.workspace_id):
        return list(ApiCall.objects.filter(connection=connection).values_list("pk", flat=True))
