"""Whether a connection works: questions to the API, and a webhook to ourselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from channels_adapters.errors import SendError
from channels_adapters.health import LATER, finding_reader
from channels_adapters.reading import list_of
from channels_adapters.types import Finding, HealthCheck, HttpResponse, WebhookRequest

from .answers import read_answer, read_token
from .crypto import encrypt, key_of, sign
from .errors import NOT_ALLOWED, UNKNOWN_SETUP
from .requests import get, token_request, usable

# Verification has no clock, and nobody reads the time of a body that means nothing.
_PROBE_TIME = "1"


def health_checks(credentials: Mapping[str, str]) -> Sequence[HealthCheck]:
    """Describe the questions; without an access token, the one about getting it. Raises SendError."""
    checks = [HealthCheck("credentials", "AppID and AppSecret", token_request(credentials), _guarded(_read_token))]
    if credentials.get("access_token"):
        checks += [
            HealthCheck("account", "Calls to WeChat", get("getcallbackip", credentials), _guarded(_read_servers)),
            HealthCheck(
                "scopes",
                "Customer messages",
                get("customservice/getkflist", credentials),
                _guarded(_read_permission),
            ),
        ]
    return checks


def probe(credentials: Mapping[str, str], secrets: Mapping[str, str]) -> WebhookRequest:
    """Return a signed body that names the account and nothing else, encrypted where a key is configured."""
    token, nonce = usable(secrets, "token"), os.urandom(8).hex()
    body = _envelope(ToUserName=usable(credentials, "original_id"))
    query = {"signature": sign(token, _PROBE_TIME, nonce), "timestamp": _PROBE_TIME, "nonce": nonce}
    key = key_of(secrets.get("encoding_aes_key") or "")
    if key:
        encrypted = encrypt(body, key, usable(secrets, "appid"))
        query |= {"encrypt_type": "aes", "msg_signature": sign(token, _PROBE_TIME, nonce, encrypted)}
        body = _envelope(ToUserName=usable(credentials, "original_id"), Encrypt=encrypted)
    return WebhookRequest("POST", query, {"content-type": "text/xml"}, body)


def _envelope(**fields: str) -> bytes:
    inner = "".join(f"<{name}><![CDATA[{text.replace(']]>', '')}]]></{name}>" for name, text in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _guarded(find: Callable[[HttpResponse], Finding]) -> Callable[[HttpResponse], Finding]:
    return finding_reader("WeChat", find, _advice)


def _advice(refusal: SendError) -> str:
    return _ADVICE.get(refusal.code, f"Look up error {refusal.code} in WeChat's list of return codes.")


_RESET = "Reset the AppSecret in the account's console, under Settings and Development, and enter it here."
_APPID = "Compare the AppID with the one in the account's console, under Settings and Development."

_ADVICE: Mapping[str, str] = {
    "40001": _RESET,
    "40013": _APPID,
    "40125": _RESET,
    "40164": "In the account's console, under Settings and Development, add the address to the IP whitelist.",
    "41002": _APPID,
    "41004": _RESET,
    NOT_ALLOWED: "Have the account verified by WeChat, in the console under Settings and Development.",
}


def _read_token(response: HttpResponse) -> Finding:
    read_token(response)
    return Finding(True, "WeChat issues access tokens for this account.")


def _read_servers(response: HttpResponse) -> Finding:
    count = len(list_of(read_answer(response, unknown=UNKNOWN_SETUP).get("ip_list")))
    if not count:
        return Finding(False, "WeChat's answer names no servers of its own.", LATER)
    return Finding(True, "WeChat takes calls of this account.")


def _read_permission(response: HttpResponse) -> Finding:
    """Read a list that only accounts with customer messages may ask for; whether it is empty does not matter."""
    read_answer(response, unknown=UNKNOWN_SETUP)
    return Finding(True, "This account may send customer messages.")
