"""What WhatsApp's error codes mean for us: the remedy, and a sentence for the agent.

The same code may answer a send, arrive later in a `failed` status, or both ("Cloud API error codes"), so both ways
end in `send_error`. The keys of `VERDICTS` are texts, as vendors disagree on the type of a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels_adapters.errors import Remedy, SendError
from channels_adapters.meta.graph import redacted
from channels_adapters.reading import list_of, object_of, text_of
from channels_adapters.types import VendorError


@dataclass(frozen=True, slots=True)
class Verdict:
    remedy: Remedy
    public_text: str
    wait: float | None = None
    growth: float = 2.0
    max_attempts: int | None = None


def _retry(
    public_text: str, *, wait: float | None = None, growth: float = 2.0, max_attempts: int | None = None
) -> Verdict:
    return Verdict(Remedy.RETRY, public_text, wait, growth, max_attempts)


def _give_up(public_text: str) -> Verdict:
    return Verdict(Remedy.GIVE_UP, public_text)


def _operator(public_text: str) -> Verdict:
    return Verdict(Remedy.OPERATOR, public_text)


_EXPIRED = _operator("The WhatsApp connection has expired. An administrator must reconnect it.")
_FORBIDDEN = _operator("The WhatsApp connection lacks a permission. An administrator must reconnect it.")
_TROUBLE = _retry("WhatsApp has a problem at the moment; we keep trying.", wait=5)
_TOO_MANY = _retry("Too many requests to WhatsApp; the message is queued.", wait=60)
_REFUSED = "WhatsApp refused the message."
_NOT_BUILT = _give_up("The message could not be built the way WhatsApp wants it. Please report this to support.")
_LOCKED = _operator("WhatsApp has restricted this account. An administrator must look into it.")
_GONE = _operator("This number is no longer connected to WhatsApp. An administrator must reconnect it.")
_UNREGISTERED = _operator("This number is not registered with WhatsApp. An administrator must register it again.")
_SETUP = _operator("The registration of this number is incomplete. An administrator must finish it.")
_GROUP = _give_up("WhatsApp did not accept this message for the group.")
_NO_STORAGE = _operator("WhatsApp could not hand over data of this number. An administrator must look into it.")
_TEMPLATE_FORM = _give_up("WhatsApp did not accept this template: its form or the number of templates is at a limit.")

_MARKETING = _give_up("WhatsApp does not deliver this marketing message to this contact.")
_FLOW = _give_up("The form in this template is blocked or slowed down by WhatsApp.")

VERDICTS: Mapping[str, Verdict] = {
    "0": _EXPIRED,
    "1": _retry(_REFUSED, max_attempts=2),  # "unknown or invalid request": worth one more attempt, no more
    "2": _TROUBLE,
    "3": _FORBIDDEN,
    "4": _TOO_MANY,
    "10": _FORBIDDEN,
    "33": _GONE,
    "100": _NOT_BUILT,
    "190": _EXPIRED,
    **{str(code): _FORBIDDEN for code in range(200, 300)},
    "368": _LOCKED,
    "80007": _TOO_MANY,
    "130429": _retry("Sending faster than this number may; the message is queued.", wait=2),
    "130472": _MARKETING,
    "130497": _give_up("This business is not allowed to message people in this country."),
    "131000": _TROUBLE,
    "131005": _FORBIDDEN,
    "131008": _NOT_BUILT,
    "131009": _NOT_BUILT,
    "131016": _TROUBLE,
    "131020": _GROUP,
    "131021": _give_up("A number cannot write to itself."),
    "131026": _give_up("This person cannot receive the message on WhatsApp."),
    # About one recipient, not the number: it must not stop the sends to everybody else.
    "131030": _give_up("This is a test number: an administrator must add the recipient to its list first."),
    "131031": _LOCKED,
    "131035": _NO_STORAGE,
    "131036": _NO_STORAGE,
    "131037": _operator("The display name of this number is not approved yet. An administrator must look into it."),
    "131041": _GROUP,
    "131042": _operator("There is a billing problem on the WhatsApp account. An administrator must settle it."),
    "131045": _UNREGISTERED,
    "131047": _give_up("More than 24 hours have passed since the customer last wrote; send a template instead."),
    "131048": _operator(
        "This number is restricted because of reports by recipients. An administrator must wait or act."
    ),
    "131049": _give_up("WhatsApp held back this marketing message; wait at least a day before the next one."),
    "131050": _give_up("This contact has stopped marketing messages from this business."),
    "131051": _give_up("WhatsApp does not support this type of message."),
    "131052": _give_up("The attachment could not be downloaded; ask the customer to send it again."),
    "131053": _retry("WhatsApp did not accept the type or size of the file.", max_attempts=2),
    "131055": _operator("WhatsApp does not allow this kind of message on this number. An administrator must check it."),
    # "Pair rate limit": the documentation asks to wait 4^n seconds, n = 0, 1, 2, …
    "131056": _retry("Sending too fast to this contact; the message is queued.", wait=1, growth=4),
    "131057": _TROUBLE,
    "131059": _GROUP,
    "131062": _give_up("This template needs the phone number of the contact, which is not known."),
    "131063": _give_up("Marketing templates are switched off for this number. An administrator must look into it."),
    "131064": _operator("The sending limit of this account is reached. An administrator must look into it."),
    "131201": _GROUP,
    "131202": _GROUP,
    "132000": _give_up("Fill in all fields of the template."),
    "132001": _give_up("This template is not available in this language."),
    "132005": _give_up("The template is too long once its fields are filled in."),
    "132007": _give_up("WhatsApp's rules do not allow the content of this template."),
    "132012": _give_up("A field of the template has the wrong kind of value."),
    "132015": _give_up("WhatsApp has paused this template because of low quality."),
    "132016": _give_up("WhatsApp has disabled this template for good."),
    "132068": _FLOW,
    "132069": _FLOW,
    "133000": _SETUP,
    "133004": _TROUBLE,
    "133005": _SETUP,
    "133006": _SETUP,
    "133008": _SETUP,
    "133009": _SETUP,
    "133010": _UNREGISTERED,
    "133015": _SETUP,
    "133016": _SETUP,
    "134011": _give_up("The terms for payments on WhatsApp are not accepted yet."),
    "134100": _MARKETING,
    "134101": _MARKETING,
    "134102": _MARKETING,
    "135000": _give_up(_REFUSED),
    "137000": _give_up("The security code of this contact has changed."),
    **dict.fromkeys(("2388019", "2388040", "2388047", "2388072", "2388073", "2388293", "2388299"), _TEMPLATE_FORM),
}


def errors_of(value: Any) -> tuple[VendorError, ...]:
    """Return the errors in an `errors` part of a webhook; what is no error object is left to the event's `raw`."""
    return tuple(_error(error) for error in list_of(value) if isinstance(error, dict))


def send_error(
    code: str,
    *,
    subcode: str = "",
    status: int | None = None,
    transient: bool = False,
    retry_after: float | None = None,
    detail: str = "",
) -> SendError:
    """Return the SendError of a code; a code not in the table is judged by the HTTP status it came with."""
    # 100 says "bad parameter"; with subcode 33 it means that the number itself is gone or not ours.
    verdict = _GONE if (code, subcode) == ("100", "33") else VERDICTS.get(code)
    if verdict is None:
        verdict = _TROUBLE if transient else _by_status(status)
    named = retry_after is not None
    return SendError(
        code or "unknown",
        remedy=verdict.remedy,
        public_text=verdict.public_text,
        retry_after=retry_after if named else verdict.wait,
        growth=1.0 if named else verdict.growth,  # a time the vendor names is not ours to stretch
        max_attempts=verdict.max_attempts,
        detail=redacted(detail),
    )


def _by_status(status: int | None) -> Verdict:
    if status == 401:
        return _EXPIRED
    if status == 403:
        return _FORBIDDEN
    if status == 429:
        return _TOO_MANY
    if status is not None and (status >= 500 or status == 408):
        return _TROUBLE
    if status is not None and 300 <= status < 400:
        return _operator("WhatsApp is not reachable at the configured address. An administrator must check it.")
    return _give_up(_REFUSED)


def _error(error: dict[str, Any]) -> VendorError:
    title, message = text_of(error.get("title")), text_of(error.get("message"))
    data = error.get("error_data")
    details = text_of(object_of(data).get("details")) or text_of(data)
    if not details and message != title:
        details = message
    return VendorError(text_of(error.get("code")), title or message, details)
