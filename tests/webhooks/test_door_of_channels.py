"""The door of every channel: how each vendor proves who it is, over real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping

import httpx
import pytest

from channels_adapters.wechat.crypto import encrypt, key_of, sign
from inbox.connections.actions import connect_account, register_app, rotate_app_secret
from inbox.connections.models import Channel, VendorApp
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.webhooks.tasks import process_webhook_events
from inbox.workspaces.tenancy import platform_scope
from tests.processes import WebProcess, until
from tests.world import World, reload, signed

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN, KEY, APPID, ORIGINAL_ID = "wxphrase", "DoorTestsKey00000000000000000000000000000ab", "wx0000000000000007", "gh_7"
WRITTEN_AT = int(time.time())


@pytest.fixture
def http(web: WebProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, timeout=15, trust_env=False) as client:
        yield client


@pytest.fixture
def account(world: World) -> VendorApp:
    """A WeChat account that may be talked to in any mode."""
    secrets = {"token": TOKEN, "appid": APPID, "encoding_aes_key": KEY, "encryption": "plaintext"}
    app = register_app(channel=Channel.WECHAT, name="Service account", credentials=secrets)
    connect_account(
        actor=None,
        workspace=world.lotus,
        app=app,
        name="Our account",
        address="Lotus",
        credentials={"original_id": ORIGINAL_ID, "appid": APPID, "app_secret": "s"},
    )
    return app


def path(app: VendorApp) -> str:
    return f"/webhooks/{app.key}/"


def query(token: str = TOKEN, encrypted: str = "") -> dict[str, str]:
    proof = {"timestamp": str(int(time.time())), "nonce": "486452656"}
    proof["signature"] = sign(token, proof["timestamp"], proof["nonce"])
    if encrypted:
        proof["msg_signature"] = sign(token, proof["timestamp"], proof["nonce"], encrypted)
        proof["encrypt_type"] = "aes"
    return proof


def text(number: int = 1) -> bytes:
    fields = {
        "ToUserName": ORIGINAL_ID,
        "FromUserName": "openid-7",
        "CreateTime": WRITTEN_AT,
        "MsgType": "text",
        "Content": "你好",
        "MsgId": number,
    }
    return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</xml>".encode()


def envelope(encrypted: str) -> bytes:
    return f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()


def encrypted_text(key: str = KEY, number: int = 1) -> str:
    usable = key_of(key)
    assert usable
    return encrypt(text(number), usable, APPID)


def stored() -> list[WebhookEvent]:
    with platform_scope("test"):
        return list(WebhookEvent.objects.order_by("pk"))


def test_wechats_handshake_returns_what_it_sent_to_whoever_knows_the_token(
    http: httpx.Client, account: VendorApp
) -> None:
    good = http.get(path(account), params={**query(), "echostr": "4375120948345356249"})
    assert (good.status_code, good.text) == (200, "4375120948345356249")
    for wrong in (query("guess"), {**query(), "nonce": "1"}, {**query(), "signature": ""}, {}):
        refused = http.get(path(account), params={**wrong, "echostr": "1"})
        assert (refused.status_code, refused.content) == (403, b"")


def test_wechats_webhooks_prove_themselves_in_the_address(http: httpx.Client, account: VendorApp) -> None:
    good = http.post(path(account), params=query(), content=text())
    assert (good.status_code, good.content) == (200, b""), "anything else in the body would be shown to the customer"
    for wrong in (query("guess"), {**query(), "timestamp": "1"}, {**query(), "signature": "0" * 40}, {}):
        assert http.post(path(account), params=wrong, content=text(2)).status_code == 403
    assert http.post(path(account), content=text(3), headers=signed(text(3), TOKEN)).status_code == 403
    assert [bytes(event.body) for event in stored()] == [text()]
    until(lambda: reload(account).signature_failures == 5)


def test_wechats_encrypted_webhooks_are_verified_with_what_they_hold(http: httpx.Client, account: VendorApp) -> None:
    encrypted = encrypted_text()
    assert http.post(path(account), params=query(encrypted=encrypted), content=envelope(encrypted)).status_code == 200
    other = encrypted_text(number=2)
    assert http.post(path(account), params=query(encrypted=encrypted), content=envelope(other)).status_code == 403
    assert process_webhook_events() == 1
    assert [event.state for event in stored()] == [EventState.DONE]


def test_a_rotated_token_is_known_at_once_and_the_one_before_stays_good(http: httpx.Client, account: VendorApp) -> None:
    assert http.post(path(account), params=query(), content=text(1)).status_code == 200
    rotate_app_secret(actor=None, app=account, token="second")
    assert http.post(path(account), params=query("second"), content=text(2)).status_code == 200
    assert http.post(path(account), params=query(TOKEN), content=text(3)).status_code == 200
    rotate_app_secret(actor=None, app=account, token="third")
    assert http.post(path(account), params=query("third"), content=text(4)).status_code == 200
    assert http.post(path(account), params=query(TOKEN), content=text(5)).status_code == 403
    assert len(stored()) == 4


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><ToUserName>&b;</ToUserName></xml>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><xml><ToUserName>&f;</ToUserName></xml>',
        b"<xml><ToUserName>gh_7",
        b"<xml><Encrypt>AAAA</Encrypt></xml>",
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_a_signed_body_that_is_bad_is_kept_and_answered(http: httpx.Client, account: VendorApp, body: bytes) -> None:
    assert http.post(path(account), params=query(), content=body).status_code in (200, 403)
    process_webhook_events()
    assert {event.state for event in stored()} <= {EventState.PARKED, EventState.UNROUTED, EventState.DONE}


@pytest.mark.parametrize(
    ("channel", "subject", "secrets"),
    [
        (Channel.MESSENGER, "page", {"app_secret": "the-apps"}),
        (Channel.INSTAGRAM, "instagram", {"app_secret": "the-apps"}),
        (Channel.INSTAGRAM, "instagram", {"app_secret": "another", "instagram_app_secret": "the-apps"}),
    ],
)
def test_metas_other_channels_have_whatsapps_door(
    http: httpx.Client, channel: Channel, subject: str, secrets: Mapping[str, str]
) -> None:
    app = register_app(channel=channel, name="Page", credentials={**secrets, "verify_token": "phrase"})
    challenge = {"hub.mode": "subscribe", "hub.verify_token": "phrase", "hub.challenge": "12345"}
    assert http.get(path(app), params=challenge).text == "12345"
    assert http.get(path(app), params={**challenge, "hub.verify_token": "guess"}).status_code == 403
    body = json.dumps({"object": subject, "entry": [{"id": "1", "time": 1, "messaging": []}]}).encode()
    assert http.post(path(app), content=body, headers=signed(body, "the-apps")).status_code == 200
    assert http.post(path(app), content=body, headers=signed(body, "not-the-apps")).status_code == 403
    assert http.post(path(app), content=body).status_code == 403
    assert len(stored()) == 1


def test_a_webhook_for_an_account_that_nobody_has_connected_is_kept_for_a_person(
    http: httpx.Client, account: VendorApp
) -> None:
    body = text().replace(ORIGINAL_ID.encode(), b"gh_unknown")
    assert http.post(path(account), params=query(), content=body).status_code == 200
    process_webhook_events()
    (event,) = stored()
    assert event.state == EventState.UNROUTED
    assert "gh_unknown" in event.error
