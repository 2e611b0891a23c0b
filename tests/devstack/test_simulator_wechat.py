"""WeChat: tokens, the quota of customer messages, errors with HTTP 200, and webhooks as XML in all three modes."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import time
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess, SimulatorRefused

from .conftest import AES_KEY, MEI, OFFICIAL, Business, put_other_accounts

APP_ID = "wx49f0ab532d5d035a"
HOUR = 3_600


class Api:
    """The vendor's API as the product's adapter would call it: real UTF-8, the token in the address."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=f"{base_url}/cgi-bin", timeout=10, trust_env=False)
        self.token = ""

    def fetch_token(self, **changes: Any) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": APP_ID, "secret": "wechat-secret"} | changes
        answer = self.http.post("/stable_token", json=body)
        assert answer.status_code == 200
        return dict(answer.json())

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.post_bytes(path, json.dumps(body, ensure_ascii=False).encode())

    def post_bytes(self, path: str, body: bytes) -> dict[str, Any]:
        answer = self.http.post(path, params={"access_token": self.token}, content=body)
        assert answer.status_code == 200
        return dict(answer.json())

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(path, params={"access_token": self.token} | query)

    def send(self, openid: str, text: str = "您好") -> int:
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        return int(self.post("/message/custom/send", body)["errcode"])


@pytest.fixture(autouse=True)
def account(control: SimulatorClient, business: Business) -> None:
    put_other_accounts(control, business)
    control.settings(wechat_retry_pauses=[0.05, 0.05, 0.05])


@pytest.fixture
def api(simulator: SimulatorProcess, account: None) -> Iterator[Api]:
    api = Api(simulator.base_url)
    api.token = api.fetch_token()["access_token"]
    yield api
    api.http.close()


@pytest.fixture
def openid(control: SimulatorClient, business: Business) -> str:
    """Mei, who has just written."""
    control.inbound(OFFICIAL, MEI, "你好")
    business.forget()
    openid: str = control.put_person(MEI)["ids"][OFFICIAL]
    return openid


def fields_of(body: bytes) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ET.fromstring(body)}


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def decrypt(sealed: str) -> tuple[bytes, str]:
    key = base64.b64decode(AES_KEY + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    plain = padded[: -padded[-1]]
    length = struct.unpack(">I", plain[16:20])[0]
    return plain[20 : 20 + length], plain[20 + length :].decode()


# --- tokens ---------------------------------------------------------------------------------------


def test_the_stable_token_is_the_same_for_everybody_and_the_other_replaces_itself(api: Api, openid: str) -> None:
    credentials = {"grant_type": "client_credential", "appid": APP_ID, "secret": "wechat-secret"}
    assert api.fetch_token()["access_token"] == api.token
    assert api.fetch_token(force_refresh=True)["access_token"] != api.token
    assert api.send(openid) == 0  # the one before lives on

    first = api.http.get("/token", params=credentials).json()
    api.token = first["access_token"]
    assert (first["expires_in"], api.send(openid)) == (7_200, 0)
    api.http.get("/token", params=credentials)
    assert api.send(openid) == 40001


def test_a_token_runs_out(control: SimulatorClient, api: Api, openid: str) -> None:
    control.settings(clock_offset=7_201)
    old = api.token

    assert api.send(openid) == 42001
    api.token = api.fetch_token()["access_token"]
    assert (api.token != old, api.send(openid)) == (True, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": "wx0"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_a_token_has_its_price(api: Api, changes: dict[str, str], code: int) -> None:
    assert api.fetch_token(**changes)["errcode"] == code


def test_the_server_must_be_on_the_list_and_the_account_verified(
    control: SimulatorClient, api: Api, openid: str
) -> None:
    control.put_account(OFFICIAL, "wechat", ip_allowed=False, verified=False)

    assert api.fetch_token()["errcode"] == 40164
    assert api.send(openid) == 48001


# --- sending --------------------------------------------------------------------------------------


def test_five_messages_answer_one(control: SimulatorClient, api: Api, openid: str) -> None:
    assert [api.send(openid, f"{number}") for number in range(6)] == [0] * 5 + [45047]
    thread = httpx.get(f"{control.base_url}/phone/thread", params={"account": OFFICIAL, "person": MEI}).json()
    assert (thread["window"]["left"], thread["window"]["limit"]) == (0, 5)

    control.inbound(OFFICIAL, MEI, "還有嗎？")
    assert api.send(openid) == 0
    assert [sent.text for sent in control.sent(OFFICIAL)] == ["0", "1", "2", "3", "4", "您好"]


def test_after_two_days_nothing_goes(control: SimulatorClient, api: Api, openid: str) -> None:
    control.settings(clock_offset=48 * HOUR + 60)
    api.token = api.fetch_token()["access_token"]

    assert api.send(openid) == 45015


@pytest.mark.parametrize("kind", ["scan", "menu", "follow"])
def test_an_act_allows_three_messages_for_a_minute(control: SimulatorClient, api: Api, kind: str) -> None:
    control.inbound(OFFICIAL, "kenji", kind=kind)
    openid = control.put_person("kenji")["ids"][OFFICIAL]

    assert [api.send(openid) for _ in range(4)] == [0, 0, 0, 45047]
    control.inbound(OFFICIAL, "kenji", kind=kind)
    control.settings(clock_offset=61)
    assert api.send(openid) == 45015


def test_whoever_unfollows_is_out_of_reach(control: SimulatorClient, business: Business, api: Api, openid: str) -> None:
    control.inbound(OFFICIAL, MEI, kind="unfollow")

    assert api.send(openid) == 43004
    assert api.get("/user/info", openid=openid).json() == {"subscribe": 0, "openid": openid}
    with pytest.raises(SimulatorRefused, match="follow first"):
        control.inbound(OFFICIAL, MEI, "Still there?")
    thread = httpx.get(f"{control.base_url}/phone/thread", params={"account": OFFICIAL, "person": MEI}).json()
    assert (thread["followed"], thread["abilities"]) == (False, ["follow", "scan"])
    control.inbound(OFFICIAL, MEI, kind="scan", scene="door")
    assert api.send(openid) == 0
    assert fields_of(business.received[-1].body)["EventKey"] == "qrscene_door"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"touser": "oNobody", "msgtype": "text", "text": {"content": "x"}}, 40003),
        ({"msgtype": "carrier-pigeon"}, 40008),
        ({"msgtype": "text"}, 44002),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text", "text": {"content": "語" * 683}}, 45002),
        ({"msgtype": "image", "image": {"media_id": "nothing"}}, 40007),
        ({"msgtype": "news", "news": {"articles": []}}, 44003),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "Which?", "list": []}}, 47001),
    ],
)
def test_errors_come_with_http_200(
    control: SimulatorClient, api: Api, openid: str, body: dict[str, Any], code: int
) -> None:
    assert api.post("/message/custom/send", {"touser": openid} | body)["errcode"] == code
    assert control.sent() == []


def test_what_cannot_be_read_is_refused(api: Api) -> None:
    assert api.post_bytes("/message/custom/send", b"{")["errcode"] == 47001
    assert api.post_bytes("/message/custom/send", b"")["errcode"] == 44002
    api.token = ""
    assert api.post_bytes("/message/custom/send", b"{}")["errcode"] == 41001


def test_escaped_characters_are_shown_as_they_stand(control: SimulatorClient, api: Api, openid: str) -> None:
    body = {"touser": openid, "msgtype": "text", "text": {"content": "您好 \\u"}}

    assert api.post_bytes("/message/custom/send", json.dumps(body).encode("ascii"))["errcode"] == 0
    assert api.post("/message/custom/send", body)["errcode"] == 0
    assert [sent.text for sent in control.sent()] == [r"\u60a8\u597d \u", "您好 \\u"]


def test_menus_articles_and_files_appear_on_the_phone(
    control: SimulatorClient, business: Business, api: Api, openid: str
) -> None:
    menu = {"head_content": "Which day?", "list": [{"id": "fri", "content": "Friday"}], "tail_content": ""}
    article = {"title": "Peonies", "description": "", "url": "https://example.com/", "picurl": ""}
    upload = api.http.post(
        "/media/upload", params={"access_token": api.token, "type": "image"}, files={"media": ("a.png", b"\x89PNG")}
    )
    media_id = upload.json()["media_id"]
    for kind, part in (
        ("msgmenu", menu),
        ("news", {"articles": [article]}),
        ("image", {"media_id": media_id}),
    ):
        assert api.post("/message/custom/send", {"touser": openid, "msgtype": kind, kind: part})["errcode"] == 0

    assert [sent.kind for sent in control.sent()] == ["options", "link", "image"]
    assert control.sent()[0].details["options"] == [{"id": "fri", "title": "Friday"}]
    assert api.get("/media/get", media_id=media_id).content == b"\x89PNG"
    control.inbound(OFFICIAL, MEI, kind="choice", title="Friday", option_id="fri")
    tapped = fields_of(business.received[-1].body)
    assert (tapped["MsgType"], tapped["Content"], tapped["bizmsgmenuid"]) == ("text", "Friday", "fri")


def test_typing_a_profile_and_the_servers(control: SimulatorClient, api: Api, openid: str) -> None:
    control.put_account(OFFICIAL, "wechat", open_platform="harbour")
    profile = api.get("/user/info", openid=openid, lang="zh_CN").json()

    assert api.post("/message/custom/typing", {"touser": openid, "command": "Typing"})["errcode"] == 0
    assert [item.action for item in control.actions(OFFICIAL)] == ["Typing"]
    assert (profile["subscribe"], profile["openid"], "nickname" in profile) == (1, openid, False)
    assert profile["unionid"]
    assert api.get("/getcallbackip").json() == {"ip_list": ["127.0.0.1"]}
    assert api.get("/customservice/getkflist").json() == {"kf_list": []}


def test_faults_strike_here_too(control: SimulatorClient, api: Api, openid: str) -> None:
    control.faults(expired_token={"remaining": 1}, fail={"code": 45009, "remaining": 1})
    assert [api.send(openid) for _ in range(3)] == [42001, 45009, 0]

    control.faults(fail={"http_status": 502, "remaining": 1}, drop_after_accept={"match_text": "lost"})
    path, query = "/message/custom/send", {"access_token": api.token}
    assert api.http.post(path, params=query, content=b"{}").status_code == 502
    with pytest.raises(httpx.RemoteProtocolError):
        api.send(openid, "lost")
    assert [sent.text for sent in control.sent()] == ["您好", "lost"]


# --- webhooks -------------------------------------------------------------------------------------


def test_a_text_arrives_as_signed_xml(control: SimulatorClient, business: Business) -> None:
    delivery = control.inbound(OFFICIAL, MEI, "多少錢? <&]]> 😀")

    [post] = business.received
    fields = fields_of(post.body)
    assert delivery.delivered
    assert (fields["MsgType"], fields["Content"], fields["MsgId"]) == ("text", "多少錢? <&]]> 😀", delivery.id)
    assert (fields["ToUserName"], fields["FromUserName"]) == (OFFICIAL, post.query["openid"])
    assert abs(int(fields["CreateTime"]) - time.time()) < 5
    assert post.query["signature"] == sign("wechat-token", post.query["timestamp"], post.query["nonce"])
    assert len(fields["FromUserName"]) == 28


@pytest.mark.parametrize("mode", ["compatible", "secure"])
def test_an_encrypted_message_is_sealed_and_signed(control: SimulatorClient, business: Business, mode: str) -> None:
    put_other_accounts(control, business, mode=mode)
    control.inbound(OFFICIAL, MEI, "秘密")

    [post] = business.received
    fields = fields_of(post.body)
    assert ("Content" in fields) == (mode == "compatible")
    assert post.query["encrypt_type"] == "aes"
    assert post.query["msg_signature"] == sign(
        "wechat-token", post.query["timestamp"], post.query["nonce"], fields["Encrypt"]
    )
    plain, app_id = decrypt(fields["Encrypt"])
    assert (fields_of(plain)["Content"], app_id) == ("秘密", APP_ID)


@pytest.mark.parametrize(
    ("kind", "fields", "part"),
    [
        ("image", {}, {"MsgType": "image"}),
        ("sticker", {}, {"MsgType": "image"}),
        ("voice", {"recognition": "hello"}, {"MsgType": "voice", "Format": "amr", "Recognition": "hello"}),
        ("video", {}, {"MsgType": "video"}),
        ("location", {"latitude": 1.5, "longitude": 2}, {"MsgType": "location", "Location_X": "1.5"}),
        ("link", {"title": "Peonies"}, {"MsgType": "link", "Title": "Peonies"}),
        ("link", {"link_type": "mini_program"}, {"MsgType": "miniprogrampage", "PagePath": "pages/index"}),
        ("follow", {"scene": "door"}, {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_door"}),
        ("unfollow", {}, {"MsgType": "event", "Event": "unsubscribe"}),
        ("scan", {"scene": "door"}, {"MsgType": "event", "Event": "SCAN", "EventKey": "door"}),
        ("menu", {"key": "HOURS"}, {"MsgType": "event", "Event": "CLICK", "EventKey": "HOURS"}),
        ("menu", {"url": "https://example.com/"}, {"Event": "VIEW", "EventKey": "https://example.com/"}),
        ("unsupported", {}, {"MsgType": "emoji"}),
    ],
)
def test_every_kind_has_its_fields(
    control: SimulatorClient, business: Business, kind: str, fields: dict[str, Any], part: dict[str, str]
) -> None:
    control.inbound(OFFICIAL, MEI, kind=kind, **fields)

    received = fields_of(business.received[0].body)
    assert received | part == received
    assert ("MsgId" in received) == (received["MsgType"] != "event")


def test_a_refused_webhook_comes_three_more_times(control: SimulatorClient, business: Business) -> None:
    business.answers = [500, 500, 500, 500, 200]

    lost, kept = control.inbound(OFFICIAL, MEI, "lost"), control.inbound(OFFICIAL, MEI, "kept")

    assert (lost.delivered, kept.delivered) == (False, True)
    assert [fields_of(post.body)["Content"] for post in business.received] == ["lost"] * 4 + ["kept"]


def test_any_bytes_can_be_sent_signed_or_sealed_for_another(control: SimulatorClient, business: Business) -> None:
    put_other_accounts(control, business, mode="secure")
    control.raw(OFFICIAL, b"<xml>&bomb;")
    control.raw(OFFICIAL, b"<xml></xml>", encrypt=True, app_id="wx-of-another")

    plain, sealed = business.received
    assert plain.body == b"<xml>&bomb;"
    assert plain.query["signature"] == sign("wechat-token", plain.query["timestamp"], plain.query["nonce"])
    assert decrypt(fields_of(sealed.body)["Encrypt"]) == (b"<xml></xml>", "wx-of-another")
