"""What Messenger's and Instagram's error codes mean for us: the remedy, and a sentence for the agent.

A key is "code/subcode" where the subcode decides, a code alone, or a subcode alone for those that come with several
codes ("Error codes").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from channels_adapters.errors import SendError
from channels_adapters.meta.answers import Refusal
from channels_adapters.meta.graph import redacted
from channels_adapters.meta.verdicts import SharedVerdicts, shared_verdicts
from channels_adapters.verdicts import Verdict, give_up, operator, retry

# Meta's own answer could not be read though the message was sent: nothing may send it again.
UNCERTAIN = ("1", "1357046")

_SUBCODES = frozenset({"2018300", "2018321", "2534014", "2534068"})

# With a subcode these tell of one customer, and of the account's permissions without.
_PERMISSIONS = frozenset({"10", "200"})


@cache
def _shared(label: str) -> SharedVerdicts:
    return shared_verdicts(label, attempts=5)


@cache
def verdicts_of(label: str) -> Mapping[str, Verdict]:
    """Return the table of a channel, in words that name it."""
    shared = _shared(label)
    restricted = operator(f"{label} has restricted this account. An administrator must look into it.", shut_out=True)
    closed = give_up(
        "More than 24 hours have passed since the customer last wrote. For 7 days a person may still answer; after that "
        "the customer must write first.",
        closes_window=True,
    )
    unavailable = give_up("This contact cannot receive messages: they may have blocked us or left.")
    words = "Another app has control of this chat. Take the chat over, then send again."
    elsewhere = replace(give_up(words), held_elsewhere=True)
    unknown_person = give_up(f"{label} does not know this contact.")
    return {
        "1": shared.trouble,
        "2": shared.trouble,  # may also mean that the customer has blocked us: hence not for ever
        "4": shared.too_many,
        "4/2018354": shared.too_many,
        "9/2018352": shared.too_many,
        "10": shared.forbidden,
        "10/1893063": restricted,
        "10/2018065": closed,
        "10/2018108": unavailable,
        "10/2018278": closed,
        "10/2534022": closed,
        "17": shared.too_many,
        "32": shared.too_many,
        "100": give_up(f"The message could not be built the way {label} wants it. Please report this to support."),
        "100/33": operator(f"This account is no longer connected to {label}. An administrator must reconnect it."),
        "100/2018001": unknown_person,
        "100/2018007": give_up(f"The file is too large for {label}."),
        "100/2018008": give_up(f"{label} could not fetch the file."),
        "100/2018047": give_up(f"{label} did not accept the file: its type, or what is in it."),
        "100/2018074": replace(
            retry(f"{label} does not keep the file any more; it is stored there again.", wait=1, max_attempts=2),
            stale_media=True,
        ),
        "100/2018320": give_up(f"{label} did not accept the attachment, or not in this chat."),
        "190": shared.expired,
        **{str(code): shared.forbidden for code in range(200, 300)},
        "200/1545041": unavailable,
        "200/2018108": unavailable,
        "200/2534041": operator(
            "Access to messages is switched off. An administrator must turn on message access in Instagram."
        ),
        "368": restricted,
        "551": unavailable,
        "551/1545041": unavailable,
        "613": shared.too_many,
        "1200": shared.trouble,
        "80002": shared.too_many,
        "80006": shared.too_many,
        "2/2018344": operator("The page's owner must accept Meta's terms first. An administrator must do so."),
        "2018300": elsewhere,
        "2018321": elsewhere,
        "2534014": unknown_person,
        "2534068": give_up("Several pictures in one message are not allowed here; send them one by one."),
    }


def send_error(label: str, refusal: Refusal) -> SendError:
    """Return the SendError of a refusal; a code not in the table is judged by the HTTP status it came with."""
    verdicts = verdicts_of(label)
    code, subcode = refusal.code, refusal.subcode
    named = f"{code}/{subcode}"
    verdict: Verdict | None
    if (code, subcode) == UNCERTAIN:
        verdict = give_up("It is not certain that the message was sent. Look into the chat first.")
    elif subcode and named in verdicts:
        verdict = verdicts[named]
    elif subcode in _SUBCODES:
        verdict = verdicts[subcode]
    elif subcode and code in _PERMISSIONS:
        verdict = give_up(f"{label} does not allow this message to this contact.")
    else:
        named, verdict = code, verdicts.get(code) or _shared(label).of_unknown(refusal)
    return verdict.error(named, retry_after=refusal.retry_after, detail=redacted(refusal.detail))
