"""What WhatsApp's error codes mean for us: the remedy, and a sentence for the agent.

The same code may answer a send, arrive later in a `failed` status, or both ("Cloud API error codes"), so both ways
end in `send_error`. The keys of `VERDICTS` are texts, as vendors disagree on the type of a code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels_adapters.errors import SendError
from channels_adapters.meta.answers import Refusal
from channels_adapters.meta.graph import redacted
from channels_adapters.meta.verdicts import shared_verdicts
from channels_adapters.reading import list_of, object_of, text_of
from channels_adapters.types import VendorError
from channels_adapters.verdicts import Verdict, give_up, operator, retry

_SHARED = shared_verdicts("WhatsApp")
_EXPIRED, _FORBIDDEN = _SHARED.expired, _SHARED.forbidden
_TROUBLE, _TOO_MANY = _SHARED.trouble, _SHARED.too_many
_NOT_BUILT = give_up("The message could not be built the way WhatsApp wants it. Please report this to support.")
_LOCKED = operator("WhatsApp has restricted this account. An administrator must look into it.", shut_out=True)
_GONE = operator("This number is no longer connected to WhatsApp. An administrator must reconnect it.")
_UNREGISTERED = operator("This number is not registered with WhatsApp. An administrator must register it again.")
_SETUP = operator("The registration of this number is incomplete. An administrator must finish it.")
_GROUP = give_up("WhatsApp did not accept this message for the group.")
_NO_STORAGE = operator("WhatsApp could not hand over data of this number. An administrator must look into it.")
_TEMPLATE_FORM = give_up("WhatsApp did not accept this template: its form or the number of templates is at a limit.")

_STALE_FILE = replace(
    retry("WhatsApp does not keep the file any more; it is stored there again.", wait=1, max_attempts=2),
    stale_media=True,
)
# UNVERIFIED: the codes say no more than "parameter"; that it is the id of a file stands in the words alone.
_FILE_ID = re.compile(r"\bmedia\b.{0,40}\bid\b|\[.?id.?\].{0,60}\b(?:media|attachment)\b", re.IGNORECASE)

_MARKETING = give_up("WhatsApp does not deliver this marketing message to this contact.")
_FLOW = give_up("The form in this template is blocked or slowed down by WhatsApp.")

VERDICTS: Mapping[str, Verdict] = {
    "0": _EXPIRED,
    # "Unknown or invalid request": worth one more attempt, no more.
    "1": retry(_SHARED.refused.public_text, max_attempts=2),
    "2": _TROUBLE,
    "3": _FORBIDDEN,
    "4": _TOO_MANY,
    "10": _FORBIDDEN,
    "33": replace(_GONE, shut_out=True),
    "100": _NOT_BUILT,
    "190": _EXPIRED,
    **{str(code): _FORBIDDEN for code in range(200, 300)},
    "368": _LOCKED,
    "80007": _TOO_MANY,
    "130429": retry("Sending faster than this number may; the message is queued.", wait=2),
    "130472": _MARKETING,
    "130497": give_up("This business is not allowed to message people in this country."),
    "131000": _TROUBLE,
    "131005": _FORBIDDEN,
    "131008": _NOT_BUILT,
    "131009": _NOT_BUILT,
    "131016": _TROUBLE,
    "131020": _GROUP,
    "131021": give_up("A number cannot write to itself."),
    "131026": give_up("This person cannot receive the message on WhatsApp."),
    # About one recipient, not the number: it must not stop the sends to everybody else.
    "131030": give_up("This is a test number: an administrator must add the recipient to its list first."),
    "131031": _LOCKED,
    "131035": _NO_STORAGE,
    "131036": _NO_STORAGE,
    "131037": operator("The display name of this number is not approved yet. An administrator must look into it."),
    "131041": _GROUP,
    "131042": operator("There is a billing problem on the WhatsApp account. An administrator must settle it."),
    "131045": _UNREGISTERED,
    "131047": give_up(
        "More than 24 hours have passed since the customer last wrote; send a template instead.", closes_window=True
    ),
    "131048": operator(
        "This number is restricted because of reports by recipients. An administrator must wait or act."
    ),
    "131049": give_up("WhatsApp held back this marketing message; wait at least a day before the next one."),
    "131050": give_up("This contact has stopped marketing messages from this business."),
    "131051": give_up("WhatsApp does not support this type of message."),
    "131052": give_up("The attachment could not be downloaded; ask the customer to send it again."),
    # Often the upload that went wrong, not the file: a fresh one is worth an attempt.
    "131053": replace(retry("WhatsApp did not accept the type or size of the file.", max_attempts=2), stale_media=True),
    "131055": operator("WhatsApp does not allow this kind of message on this number. An administrator must check it."),
    # "Pair rate limit": the documentation asks to wait 4^n seconds, n = 0, 1, 2, …
    "131056": retry("Sending too fast to this contact; the message is queued.", wait=1, growth=4),
    "131057": _TROUBLE,
    "131059": _GROUP,
    "131062": give_up("This template needs the phone number of the contact, which is not known."),
    "131063": give_up("Marketing templates are switched off for this number. An administrator must look into it."),
    "131064": operator("The sending limit of this account is reached. An administrator must look into it."),
    "131201": _GROUP,
    "131202": _GROUP,
    "132000": give_up("Fill in all fields of the template."),
    "132001": give_up("This template is not available in this language.", stale_template=True),
    "132005": give_up("The template is too long once its fields are filled in."),
    "132007": give_up("WhatsApp's rules do not allow the content of this template."),
    "132012": give_up("A field of the template has the wrong kind of value."),
    "132015": give_up("WhatsApp has paused this template because of low quality.", stale_template=True),
    "132016": give_up("WhatsApp has disabled this template for good.", stale_template=True),
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
    "134011": give_up("The terms for payments on WhatsApp are not accepted yet."),
    "134100": _MARKETING,
    "134101": _MARKETING,
    "134102": _MARKETING,
    "135000": _SHARED.refused,
    "137000": give_up("The security code of this contact has changed."),
    **dict.fromkeys(("2388019", "2388040", "2388047", "2388072", "2388073", "2388293", "2388299"), _TEMPLATE_FORM),
}


def errors_of(value: Any) -> tuple[VendorError, ...]:
    """Return the errors in an `errors` part of a webhook; what is no error object is left to the event's `raw`."""
    return tuple(_error(error) for error in list_of(value) if isinstance(error, dict))


def send_error(refusal: Refusal) -> SendError:
    """Return the SendError of a refusal; a code not in the table is judged by the HTTP status it came with."""
    # 100 says "bad parameter"; with subcode 33 it means that the number itself is gone or not ours,
    # or that a permission is missing.
    gone = (refusal.code, refusal.subcode) == ("100", "33")
    verdict = _GONE if gone else VERDICTS.get(refusal.code) or _SHARED.of_unknown(refusal)
    if verdict is _NOT_BUILT and _FILE_ID.search(refusal.detail):
        verdict = _STALE_FILE
    return verdict.error(refusal.code, retry_after=refusal.retry_after, detail=redacted(refusal.detail))


def _error(error: dict[str, Any]) -> VendorError:
    title, message = text_of(error.get("title")), text_of(error.get("message"))
    data = error.get("error_data")
    details = text_of(object_of(data).get("details")) or text_of(data)
    if not details and message != title:
        details = message
    return VendorError(text_of(error.get("code")), title or message, details)
