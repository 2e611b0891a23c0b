"""HTTP answers of the API to results: accepted, refused, or nobody knows.

HTTP 200 says nothing here: an `errcode` other than 0 is a refusal. A send is accepted by an `errcode` of 0 alone; the
answer to a look-up may do without. WeChat tells no id of what it took.
"""

from __future__ import annotations

from typing import Any

from channels_adapters.errors import OutcomeUnknown, SendError
from channels_adapters.reading import Unreadable, decode, identifier_of, number_of, retry_after_of, text_of
from channels_adapters.types import HttpResponse, Identity, IdentityKind, JsonObject, Profile, SendResult, Token
from channels_adapters.verdicts import Verdict

from .errors import UNKNOWN, UNKNOWN_SETUP, http_error, send_error

TOKEN_SECONDS = 7200  # where the vendor does not say


def read_send(response: HttpResponse) -> SendResult:
    """Return what the vendor made of the message. Raises SendError or OutcomeUnknown."""
    if "errcode" not in read_answer(response):
        raise OutcomeUnknown(f"HTTP {response.status} without an errcode")
    return SendResult(external_id="")


def read_answer(response: HttpResponse, *, unknown: Verdict = UNKNOWN) -> JsonObject:
    """Return the fields of an answer that refuses nothing. Raises SendError or OutcomeUnknown."""
    status = response.status
    if status >= 500:  # a proxy may speak for a vendor that did take the request
        raise OutcomeUnknown(f"HTTP {status}")
    try:
        answer = decode(response.body)
    except Unreadable:
        answer = None
    fields = answer if isinstance(answer, dict) else None
    if fields is not None and (refusal := _refusal(fields, unknown)):
        raise refusal
    if status >= 300:
        raise http_error(status, retry_after_of(response.headers))
    if fields is None:
        raise OutcomeUnknown(f"HTTP {status} without readable fields")
    if "errcode" in fields and number_of(fields["errcode"]) != 0:
        raise OutcomeUnknown(f"HTTP {status} with an unreadable errcode")
    return fields


def read_token(response: HttpResponse) -> Token:
    """Return the access token. Raises SendError, for unknown codes too a matter for the operator, or OutcomeUnknown."""
    fields = read_answer(response, unknown=UNKNOWN_SETUP)
    value = text_of(fields.get("access_token")).strip()
    if not value:
        raise OutcomeUnknown(f"HTTP {response.status} without a token")
    seconds = number_of(fields.get("expires_in"))
    return Token(value, float(seconds) if seconds is not None and seconds > 0 else TOKEN_SECONDS)


def read_profile(response: HttpResponse) -> Profile:
    """Return what is known of a follower: the vendor stopped telling names and pictures; a remark may remain."""
    fields = read_answer(response)
    unionid = identifier_of(fields.get("unionid"))
    picture = text_of(fields.get("headimgurl")).strip()
    return Profile(
        name=(text_of(fields.get("nickname")) or text_of(fields.get("remark"))).strip(),
        picture_url=picture if picture.startswith(("https://", "http://")) else "",
        identities=(Identity(IdentityKind.UNIONID, unionid),) if unionid else (),
    )


def _refusal(fields: dict[str, Any], unknown: Verdict) -> SendError | None:
    code = number_of(fields.get("errcode"))
    if code is None or code == 0 or code != int(code):
        return None
    return send_error(str(int(code)), detail=text_of(fields.get("errmsg")).strip(), unknown=unknown)
