"""Messages to HTTP requests: what the adapter sends to the API. Pure; `transport` executes the result.

Bodies are real UTF-8: WeChat shows characters escaped as \\uXXXX to the customer, or refuses them. The token stands in
the query of every call. There is no field for a quoted message, none for our correlation id, and none for a caption.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from channels_adapters.credentials import credential
from channels_adapters.errors import Remedy, SendError
from channels_adapters.reading import storable, text_of
from channels_adapters.splitting import length_of
from channels_adapters.types import HttpRequest, IdentityKind, MessageKind, OutboundMessage, Person, TextUnit

DEFAULT_BASE_URL = "https://api.weixin.qq.com"

TEXT_LIMIT = 2048  # bytes; UNVERIFIED for this call: it is that of passive replies

# UNVERIFIED: no vendor page names limits of a menu message; these fit the screen of a phone.
OPTION_COUNT = 10
OPTION_TITLE = 20

PROFILE_LANGUAGE = "zh_CN"

_LINK = re.compile(r"https?://[^\s/]+")
# JSON can only spell these as \\uXXXX.
_CONTROLS = re.compile("[\x00-\x07\x0b\x0e-\x1f]")

# The types of files: an audio file is a voice message to WeChat.
FILES: Mapping[MessageKind, str] = {
    MessageKind.IMAGE: "image",
    MessageKind.VOICE: "voice",
    MessageKind.AUDIO: "voice",
    MessageKind.VIDEO: "video",
}

SENDS = frozenset({MessageKind.TEXT, MessageKind.LINK, *FILES})


def message_requests(message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
    """Describe the sending of a message ("customer service messages"); a text beside a file goes first.

    Raises SendError."""
    if message.kind not in SENDS:
        raise refusal("unsupported_kind", _UNSUPPORTED.get(message.kind, _NOT_A_KIND))
    parts = []
    if message.kind is MessageKind.TEXT:
        parts.append(_menu(message) if message.options else _text(message.text))
    elif message.options:
        raise refusal("options_need_text", "On WeChat, answers to choose from stand under a text alone.")
    elif message.kind is MessageKind.LINK:
        parts.append(_article(message))
    else:
        if message.text.strip():
            parts.append(_text(message.text))
        parts.append(_file(message))
    openid = _openid(message.recipient)
    return [post("message/custom/send", {"touser": openid, **part}, credentials) for part in parts]


def typing_request(recipient: Person, credentials: Mapping[str, str]) -> HttpRequest:
    return post("message/custom/typing", {"touser": _openid(recipient), "command": "Typing"}, credentials)


def profile_request(person: Person, credentials: Mapping[str, str]) -> HttpRequest:
    return get("user/info", credentials, openid=_openid(person), lang=PROFILE_LANGUAGE)


def token_request(credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the fetching of a stable token: the same for all who ask while it is valid, and voiding none."""
    secrets = {"appid": usable(credentials, "appid"), "secret": usable(credentials, "app_secret")}
    asked = {"grant_type": "client_credential", **secrets, "force_refresh": False}
    return HttpRequest("POST", _url("stable_token", credentials), _JSON, orjson.dumps(asked))


def get(path: str, credentials: Mapping[str, str], **query: str) -> HttpRequest:
    url = _url(path, credentials)
    return HttpRequest("GET", f"{url}?{urlencode(query)}" if query else url, secret_query=_access(credentials))


def post(path: str, payload: Mapping[str, Any], credentials: Mapping[str, str]) -> HttpRequest:
    body = orjson.dumps(storable(dict(payload)))  # orjson escapes nothing beyond ASCII
    return HttpRequest("POST", _url(path, credentials), _JSON, body, secret_query=_access(credentials))


def post_form(
    path: str, credentials: Mapping[str, str], form: tuple[Mapping[str, str], bytes], **query: str
) -> HttpRequest:
    headers, body = form
    url = f"{_url(path, credentials)}?{urlencode(query)}"
    return HttpRequest("POST", url, headers, body, secret_query=_access(credentials))


def usable(credentials: Mapping[str, str], name: str) -> str:
    """Return a credential that a request can carry. Raises SendError(OPERATOR)."""
    return credential(credentials, name, "WeChat")


def refusal(code: str, public_text: str) -> SendError:
    return SendError(code, remedy=Remedy.GIVE_UP, public_text=public_text)


def _url(path: str, credentials: Mapping[str, str]) -> str:
    return f"{(credentials.get('base_url') or DEFAULT_BASE_URL).rstrip('/')}/cgi-bin/{path}"


def _access(credentials: Mapping[str, str]) -> dict[str, str]:
    return {"access_token": usable(credentials, "access_token")}


def _openid(person: Person) -> str:
    openid = person.value(IdentityKind.OPENID).strip()
    if not openid:
        raise refusal("no_recipient", "This customer has no WeChat openid on this account.")
    return openid


def _text(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": _checked(text)}}


def _menu(message: OutboundMessage) -> dict[str, Any]:
    if len(message.options) > OPTION_COUNT:
        raise refusal("too_many_options", f"WeChat shows at most {OPTION_COUNT} answers to choose from.")
    for option in message.options:
        if not option.id or not _clean(option.title).strip():
            raise refusal("option_empty", "An answer to choose from is empty.")
        if len(option.title) > OPTION_TITLE:
            raise refusal("option_too_long", f"An answer to choose from may have {OPTION_TITLE} characters on WeChat.")
    entries = [{"id": _clean(option.id), "content": _clean(option.title)} for option in message.options]
    menu = {"head_content": _checked(message.text), "list": entries, "tail_content": ""}
    return {"msgtype": "msgmenu", "msgmenu": menu}


def _file(message: OutboundMessage) -> dict[str, Any]:
    media = message.media
    if media is None or not media.external_id:
        raise refusal("file_not_uploaded", "The file is not stored at WeChat yet; upload it first.")
    kind, part = FILES[message.kind], {"media_id": media.external_id}
    if message.kind is MessageKind.VIDEO:
        if not media.thumb_id:
            raise refusal(
                "file_not_uploaded", "The video's small picture is not stored at WeChat yet; upload it first."
            )
        part["thumb_media_id"] = media.thumb_id
    return {"msgtype": kind, kind: part}


def _article(message: OutboundMessage) -> dict[str, Any]:
    """Return a message of one article that opens a page."""
    url = text_of(message.details.get("url")).strip()
    if not _LINK.match(url):
        raise refusal("link_missing", "The link has no address of a web page.")
    article = {
        "title": _clean(text_of(message.details.get("title"))).strip() or url,
        "description": _clean(text_of(message.details.get("text")) or message.text).strip(),
        "url": url,
        "picurl": text_of(message.details.get("image_url")),
    }
    return {"msgtype": "news", "news": {"articles": [article]}}


def _checked(text: str) -> str:
    text = _clean(text)
    if not text.strip():
        raise refusal("text_empty", "The message is empty.")
    size = length_of(text, TextUnit.BYTES)
    if size > TEXT_LIMIT:
        raise refusal(
            "text_too_long", f"The message has {size} bytes; WeChat allows {TEXT_LIMIT}. Shorten or split it."
        )
    return text


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


_JSON = {"content-type": "application/json; charset=utf-8"}

_NOT_A_KIND = "This kind of message cannot be sent on WeChat."

_UNSUPPORTED: Mapping[MessageKind, str] = {
    MessageKind.DOCUMENT: "WeChat takes no documents; send a link to the file instead.",
    MessageKind.STICKER: "WeChat takes no stickers; send an image instead.",
    MessageKind.LOCATION: "WeChat takes no locations; send the address as a text or a link to a map.",
    MessageKind.CONTACTS: "WeChat takes no contact cards; send the details as a text.",
    MessageKind.TEMPLATE: "WeChat does not take this kind of template.",
}
