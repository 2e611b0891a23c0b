"""What WeChat's error codes mean for us: the remedy, and a sentence for the agent.

The vendor answers HTTP 200 with an `errcode`. Its `errmsg` ends in a hint or a request id that its support asks for:
they are kept for the log. Codes outside the table are judged by what was asked: see `send_error`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address

from channels_adapters.errors import SendError
from channels_adapters.verdicts import Verdict, give_up, operator, retry

NOT_ALLOWED = "48001"
NOT_WHITELISTED = "40164"

_TOKEN = operator(
    "The WeChat connection needs attention. An administrator must check it.", stale_token=True, shut_out=True
)
_CREDENTIALS = operator(
    "The AppID or the AppSecret of the WeChat connection is wrong. An administrator must check it.", shut_out=True
)
_BANNED = operator("WeChat has restricted this account. An administrator must look into it.", shut_out=True)
_FILE = give_up("WeChat did not accept the file: its type or its size.")
_NOT_BUILT = give_up("The message could not be built the way WeChat wants it. Please report this to support.")
_UNFOLLOWED = give_up("This contact does not follow the account any more.")
_REFUSING = give_up("This contact does not accept messages from the account.")
_REPEATED = give_up("WeChat has taken this message already.")

UNKNOWN = give_up("WeChat refused the message.")
UNKNOWN_SETUP = operator("WeChat refuses to work with this connection. An administrator must check it.")

_TROUBLE = retry("WeChat has a problem at the moment; we keep trying.", wait=5)
_TOO_MANY = retry("Too many requests to WeChat; the message is queued.", wait=60)

VERDICTS: Mapping[str, Verdict] = {
    "-1": _TROUBLE,
    "40001": _TOKEN,  # also: the AppSecret is wrong
    "40003": give_up("WeChat does not know this contact on this account."),
    **{str(code): _FILE for code in range(40004, 40013)},
    "40007": replace(
        retry("WeChat does not keep the file any more; it is stored there again.", wait=1, max_attempts=2),
        stale_media=True,
    ),
    "40013": _CREDENTIALS,
    "40014": _TOKEN,
    "40033": _NOT_BUILT,  # characters escaped as \uXXXX
    "40125": _CREDENTIALS,
    NOT_WHITELISTED: operator(
        "WeChat does not take calls from this server. An administrator must add its address to the IP whitelist.",
        shut_out=True,
    ),
    **{str(code): _CREDENTIALS for code in range(41001, 41007)},
    "42001": _TOKEN,
    "43004": _UNFOLLOWED,
    "43019": give_up("This contact is on the blacklist of the account."),
    "43101": _REFUSING,
    **{str(code): _NOT_BUILT for code in range(44002, 44005)},
    "45002": give_up("The text is too long for WeChat."),
    "45009": retry("The daily limit of calls to WeChat is reached; the message is queued.", wait=1800),
    "45011": _TOO_MANY,
    "45015": give_up(
        "The time to answer this contact is over, or they unfollowed the account; they must write first.",
        closes_window=True,
    ),
    "45047": give_up(
        "WeChat allows 5 messages after each message of a contact, and they are used up; wait until the contact writes.",
        closes_window=True,
    ),
    "45065": _REPEATED,
    "45066": _NOT_BUILT,
    "45067": _NOT_BUILT,
    # UNVERIFIED: of the typing indicator alone.
    "45080": give_up("The contact has not written lately enough to be shown that somebody is typing."),
    "45081": give_up("The contact is shown already that somebody is typing."),
    "45162": give_up("WeChat did not accept this type of file."),
    "47001": _NOT_BUILT,
    NOT_ALLOWED: operator(
        "This account may not send customer messages: WeChat asks for it to be verified. An administrator must see to it."
    ),
    "48002": _REFUSING,
    "48004": _BANNED,
    "50002": _BANNED,
    "50005": _UNFOLLOWED,
}

# Access tokens, AppSecrets and keys; request ids and hints are shorter.
_SECRET = re.compile(r"[A-Za-z0-9_+/=\-]{32,}")
_ADDRESS = re.compile(r"(?<![0-9a-f.:])[0-9a-f.:]{7,45}(?![0-9a-f.:])", re.IGNORECASE)


def send_error(code: str, *, detail: str = "", unknown: Verdict = UNKNOWN) -> SendError:
    """Return the SendError of a code; `unknown` is the verdict for those outside the table."""
    verdict = VERDICTS.get(code, unknown)
    if code == NOT_WHITELISTED and (address := _address_in(detail)):
        verdict = replace(
            verdict,
            public_text=f"WeChat does not take calls from this server. An administrator must add {address} to the"
            " account's IP whitelist.",
        )
    return verdict.error(code, detail=redacted(detail))


def http_error(status: int, retry_after: float | None) -> SendError:
    """Return the SendError of an answer without the vendor's own code, from the status that refused the request."""
    if status == 429:
        verdict = _TOO_MANY
    elif status in (408, 425):
        verdict = _TROUBLE
    elif status in (401, 403, 404) or status < 400:  # the address is not that of the API, or not reached directly
        verdict = UNKNOWN_SETUP
    else:
        verdict = UNKNOWN
    return verdict.error(f"http_{status}", retry_after=retry_after, detail=f"HTTP {status}")


def redacted(text: str) -> str:
    return _SECRET.sub("[redacted]", text)


def _address_in(text: str) -> str:
    """Return the first IP address that the vendor complains about, "" if there is none."""
    for match in _ADDRESS.finditer(text):
        try:
            return str(ip_address(match[0].strip(".:")))
        except ValueError:
            continue
    return ""
