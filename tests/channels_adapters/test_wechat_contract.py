"""WeChat fulfils the contract of every adapter: in plaintext mode, and in secure mode."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_adapters.errors import WebhookRejected
from channels_adapters.reading import Unreadable
from channels_adapters.types import (
    HttpResponse,
    Identity,
    IdentityKind,
    MediaReference,
    MessageKind,
    Person,
    WebhookRequest,
)
from channels_adapters.wechat.adapter import WeChatAdapter
from channels_adapters.wechat.bodies import read_fields
from channels_adapters.wechat.errors import VERDICTS

from .contract import FOREIGN_SECRET, OLD_SECRET, SECRET, AdapterContract, quick
from .contract.checks import damage
from .wechat_account import (
    CREDENTIALS,
    OPENID,
    PAYLOADS,
    UNREADABLE,
    bodies,
    encrypted_text,
    keyed,
    plain_webhook,
    query_of,
    secure_webhook,
)

names = st.sampled_from(["ToUserName", "FromUserName", "MsgType", "Event", "EventKey", "Encrypt", "ScanCodeInfo", "a"])


class TestWeChatContract(AdapterContract):
    adapter = WeChatAdapter()
    payloads = PAYLOADS
    credentials = CREDENTIALS
    error_codes = list(VERDICTS)
    recipient = Person((Identity(IdentityKind.OPENID, OPENID),), "Ada Example")
    unreadable = UNREADABLE
    sent_file = MediaReference(MessageKind.IMAGE, "media-of-Ada", url="http://mmbiz.qpic.cn/1/0")
    signs_body = False

    def bodies(self) -> Mapping[str, bytes]:
        return bodies()

    def keyed(self, secret: str, previous: str = "") -> Mapping[str, str]:
        return keyed(secret, previous)

    def signed(self, body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
        return plain_webhook(body, secrets, method=method)

    def forgeries(self, body: bytes) -> Mapping[str, WebhookRequest]:
        right = query_of(SECRET)
        queries = {
            "nothing": {},
            "no signature": without(right, "signature"),
            "no timestamp": without(right, "timestamp"),
            "no nonce": without(right, "nonce"),
            "empty": {**right, "signature": ""},
            "short": {**right, "signature": right["signature"][:-1]},
            "long": {**right, "signature": right["signature"] + "0"},
            "not hexadecimal": {**right, "signature": "z" * 40},
            "not ascii": {**right, "signature": "ä" * 40},
            "of another time": {**right, "timestamp": "1780000001"},
            "of another nonce": {**right, "nonce": "486452657"},
            "of another token": query_of(FOREIGN_SECRET),
            "of no token": query_of(""),
            "the encrypted one alone": without(query_of(SECRET, "blue"), "signature"),
            "encrypted without an encrypted part": query_of(SECRET, ""),
            "said to be encrypted": {**right, "encrypt_type": "aes"},
            "said to be encrypted in capitals": {**right, "encrypt_type": "AES"},
        }
        return {reason: WebhookRequest("POST", query, {}, body) for reason, query in queries.items()}

    def handshake_request(self, secrets: Mapping[str, str], challenge: str) -> WebhookRequest:
        return asked({**query_of(secrets["token"]), "echostr": challenge})

    def wrong_handshakes(self) -> Mapping[str, WebhookRequest]:
        right = {**query_of(SECRET), "echostr": "1158201444"}
        encrypted = encrypted_text(b"1158201444")
        foreign = encrypted_text(b"1158201444", appid="wx0000000000000666")
        return {
            "another token": asked({**query_of("wrong"), "echostr": "1158201444"}),
            "an empty token": asked({**query_of(""), "echostr": "1158201444"}),
            "half a character": asked({**query_of("t\udc80"), "echostr": "1158201444"}),
            "no signature": asked(without(right, "signature")),
            "no timestamp": asked(without(right, "timestamp")),
            "no challenge": asked(without(right, "echostr")),
            "markup": asked({**right, "echostr": "<script>"}),
            "another method": replace(asked(right), method="POST"),
            "encrypted and signed by another": asked({**query_of(FOREIGN_SECRET, encrypted), "echostr": encrypted}),
            "encrypted and changed": asked({**query_of(SECRET, encrypted), "echostr": encrypted[:-4] + "AAAA"}),
            "encrypted for another account": asked({**query_of(SECRET, foreign), "echostr": foreign}),
            "encrypted markup": asked(
                {**query_of(SECRET, markup := encrypted_text(b"<script>")), "echostr": markup},
            ),
        }

    def means_nothing(self, body: bytes) -> bool:
        try:
            return list(read_fields(body)) == ["ToUserName"]
        except Unreadable:
            return False

    def refusal(self, code: str) -> HttpResponse:
        return answer(errcode=int(code), errmsg="refused hint: [Xy12] rid: 6650-0000")

    def acceptance(self, external_id: str) -> HttpResponse:
        return answer(errcode=0, errmsg="ok")

    def complaint(self, words: str) -> HttpResponse:
        return answer(errcode=40001, errmsg=words)

    def stored(self, external_id: str) -> HttpResponse:
        return answer(type="image", media_id=external_id, created_at=1780000000)

    def lost_file(self) -> HttpResponse:
        return answer(errcode=40007, errmsg="invalid media_id")

    def unknown_file(self) -> HttpResponse:
        return self.lost_file()

    # --- what is XML, and what WeChat alone does --------------------------------------------------

    @settings(quick, max_examples=100)
    @given(data=st.data())
    def test_a_damaged_payload_as_xml_yields_events(self, data: st.DataObject) -> None:
        fields = copy.deepcopy(data.draw(st.sampled_from(list(READABLE.values()))))
        for _ in range(data.draw(st.integers(1, 3))):
            damage(fields, data)
        self.parsed(f"<xml>{markup_of(fields)}</xml>".encode("utf-8", "surrogatepass"))

    @quick
    @given(tree=st.recursive(st.text(max_size=8), lambda inner: st.dictionaries(names, inner, max_size=4)))
    def test_any_xml_yields_events(self, tree: Any) -> None:
        self.parsed(f"<xml>{markup_of(tree)}</xml>".encode())

    def test_an_encrypted_handshake_is_answered_with_what_was_encrypted(self) -> None:
        for number in range(20):  # of so many, some have a "+", which arrives as a blank where nobody escaped it
            encrypted = encrypted_text(f"11582014{number}".encode())
            for arrived in (encrypted, encrypted.replace("+", " ")):
                request = asked({**query_of(OLD_SECRET, encrypted), "echostr": arrived})
                assert self.adapter.handshake(request, self.secrets) == f"11582014{number}"


class TestSecureWeChatContract(TestWeChatContract):
    """The same account after the console's switch to secure mode."""

    def keyed(self, secret: str, previous: str = "") -> Mapping[str, str]:
        return keyed(secret, previous, encryption="secure")

    def signed(self, body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
        return secure_webhook(body, secrets, method=method)

    def forgeries(self, body: bytes) -> Mapping[str, WebhookRequest]:
        request = secure_webhook(body, self.secrets)
        right = request.query
        queries = {
            "the plain signature alone": {name: right[name] for name in ("signature", "timestamp", "nonce")},
            "no signature of the body": without(right, "msg_signature"),
            "no plain signature": without(right, "signature"),
            "the two exchanged": {**right, "signature": right["msg_signature"], "msg_signature": right["signature"]},
            "of another token": {**right, "msg_signature": query_of(FOREIGN_SECRET, "")["msg_signature"]},
            "of another body": {**right, "msg_signature": query_of(SECRET, encrypted_text(body))["msg_signature"]},
        }
        plain = plain_webhook(body, self.secrets)
        return {
            **{reason: replace(request, query=query) for reason, query in queries.items()},
            "not encrypted": plain,
            "not encrypted, under the query of another": replace(plain, query=right),
            "no body": replace(request, body=b""),
            "another encrypted part": replace(secure_webhook(body + b" ", self.secrets), query=right),
        }

    def test_a_changed_encrypted_part_is_refused(self) -> None:
        request = self.signed(self.a_body(), self.secrets)
        start = request.body.index(b"CDATA[") + 6
        for position in range(start, start + 60, 7):
            changed = bytearray(request.body)
            changed[position] = ord("A") if changed[position] != ord("A") else ord("B")
            with pytest.raises(WebhookRejected):
                self.adapter.verify(replace(request, body=bytes(changed)), self.secrets)


NO_KEY = {"encoding_aes_key": "", "previous_encoding_aes_key": ""}


@pytest.mark.parametrize(
    ("chosen", "accepted"),
    [
        ({"encryption": "plaintext"}, True),
        ({"encryption": "compatible"}, False),
        ({"encryption": "secure"}, False),
        ({"encryption": ""}, False),
        ({"encryption": "", "encoding_aes_key": ""}, False),
        ({"encryption": "plaintext", **NO_KEY}, True),
        ({"encryption": "compatible", **NO_KEY}, True),
        ({"encryption": "secure", **NO_KEY}, False),
        ({"encryption": "", **NO_KEY}, True),
    ],
)
def test_a_plain_body_under_a_captured_signature_needs_an_account_in_plaintext_mode_or_without_a_key(
    chosen: dict[str, str], accepted: bool
) -> None:
    adapter, secrets = WeChatAdapter(), keyed(**chosen)
    body = bodies()["text.xml"]
    forged = plain_webhook(body, secrets)
    if accepted:
        adapter.verify(forged, secrets)
    else:
        with pytest.raises(WebhookRejected):
            adapter.verify(forged, secrets)
    adapter.verify(secure_webhook(body, secrets), secrets)


def readable(body: bytes) -> Any:
    try:
        return read_fields(body)
    except Unreadable:
        return None


READABLE = {name: fields for name, body in bodies().items() if (fields := readable(body))}


def markup_of(value: Any) -> str:
    """Write a value as children of an element; what XML cannot spell stays in, to be coped with."""
    if isinstance(value, dict):
        return "".join(f"<{tag_of(name)}>{markup_of(inner)}</{tag_of(name)}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{markup_of(inner)}</item>" for inner in value)
    return escape(str(value))


def tag_of(name: str) -> str:
    return name if name.isascii() and name.isidentifier() else "odd"


def without(query: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in query.items() if key != name}


def asked(query: Mapping[str, str]) -> WebhookRequest:
    return WebhookRequest("GET", query, {}, b"")


def answer(**fields: Any) -> HttpResponse:
    return HttpResponse(200, {}, json.dumps(fields).encode())
