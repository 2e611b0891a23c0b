"""What somebody wrote and attached, as the messages that a channel carries."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import gettext as _

from channels_adapters.splitting import length_of, split_text
from channels_adapters.types import Capabilities, MessageKind, TextUnit
from inbox.media.actions import hold_files
from inbox.media.models import MediaFile
from inbox.media.planning import CannotBeSent, Plan, plan_for

from ..outgoing_cards import OutgoingCard, refusal_of
from ._attach import PlannedFile
from ._outgoing import Part, texts

MOST_PARTS = 10


class UnableToSend(Exception):
    """The message was refused before it was stored; the text says why, in words for an agent."""


class WindowClosed(UnableToSend):
    """The channel does not let a message of this kind leave now; the text says until when."""


class SplitNeedsConsent(UnableToSend):
    """The text needs several messages on a channel that counts them: the agent must agree first."""


class SendAs(StrEnum):
    """How an agent wants a file to go out."""

    FILE = "file"  # as whatever it is
    VOICE = "voice"
    STICKER = "sticker"
    DOCUMENT = "document"


@dataclass(frozen=True)
class OutgoingFile:
    file: MediaFile
    send_as: SendAs = SendAs.FILE


# What goes along with a text: a message of its own each, but for the only file, under which the text may stand.
Outgoing = OutgoingFile | OutgoingCard


def parts_of(
    text: str,
    capabilities: Capabilities,
    *,
    client_id: uuid.UUID,
    options: Sequence[str] = (),
    files: Sequence[Outgoing] = (),
    split_agreed: bool = False,
) -> list[Part]:
    """Return the messages that will carry a text with answers to tap, and files and cards. Raises UnableToSend.

    A text stands under the only file where the channel has captions and it fits; else it goes before what is along.
    """
    titles = clean_options(options, capabilities)
    along = [_part(each, capabilities) for each in files]
    text = clean_text(text)
    if len(along) == 1 and not titles and is_caption(text, along[0].kind, capabilities):
        return [replace(along[0], text=text if has_words(text) else "")]
    parts: list[Part] = []
    if has_words(text) or titles or not along:
        pieces = text_parts(text, capabilities, with_options=bool(titles), split_agreed=split_agreed)
        parts = with_options(texts(pieces), titles, client_id)
    parts += along
    _check_count(len(parts), capabilities)
    return parts


def files_among(along: Iterable[Outgoing]) -> list[MediaFile]:
    """Return the files of what goes along."""
    return [each.file for each in along if isinstance(each, OutgoingFile)]


def require_files(workspace_id: int, files: Iterable[MediaFile]) -> None:
    """Keep files from being deleted until the transaction ends. Raises UnableToSend if one is gone already."""
    ids = {file.pk for file in files}
    if ids and hold_files(workspace_id=workspace_id, ids=ids) != ids:
        raise UnableToSend(_("One of the files is no longer there. Attach it again."))


def planned_file(outgoing: OutgoingFile, capabilities: Capabilities) -> Plan:
    """Return how the channel will get a file. Raises UnableToSend."""
    try:
        return plan_for(
            outgoing.file.probe,
            capabilities.media,
            as_voice=outgoing.send_as is SendAs.VOICE,
            as_sticker=outgoing.send_as is SendAs.STICKER,
            as_document=outgoing.send_as is SendAs.DOCUMENT,
        )
    except CannotBeSent as refusal:
        raise UnableToSend(f"{outgoing.file.filename}: {refusal}") from refusal


def is_caption(text: str, kind: MessageKind, capabilities: Capabilities) -> bool:
    """Whether a text can stand under a file, in the same message."""
    if not has_words(text):
        return True
    return kind in capabilities.captioned and length_of(text, capabilities.text_unit) <= capabilities.caption_limit


def clean_text(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def has_words(text: str) -> bool:
    """Whether there is anything to be seen in a text."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


def text_parts(
    text: str, capabilities: Capabilities, *, with_options: bool = False, split_agreed: bool = False
) -> list[str]:
    """Return the texts of the messages that will carry a text. Raises UnableToSend.

    A long text becomes several messages; where the channel counts messages, only once the agent has agreed.
    """
    text = clean_text(text)
    if not has_words(text):
        raise UnableToSend(_("Write a message first."))
    length = length_of(text, capabilities.text_unit)
    unit = _("bytes") if capabilities.text_unit is TextUnit.BYTES else _("characters")
    if with_options and capabilities.options and length > capabilities.options.text:
        raise UnableToSend(
            _("With buttons a message may have at most %(limit)s %(unit)s; yours has %(length)s.")
            % {"limit": capabilities.options.text, "unit": unit, "length": length}
        )
    room_for = capabilities.text_limit * MOST_PARTS
    if length > room_for:
        raise UnableToSend(
            _("This text is far too long: at most %(limit)s %(unit)s go out at once. Send it as a file instead.")
            % {"limit": room_for, "unit": unit}
        )
    parts = split_text(text, capabilities.text_limit, capabilities.text_unit)
    if len(parts) > MOST_PARTS:
        raise UnableToSend(
            _("This text would need %(count)s messages; at most %(limit)s go out at once. Send it as a file instead.")
            % {"count": len(parts), "limit": MOST_PARTS}
        )
    _check_count(len(parts), capabilities)
    quota = capabilities.reply_policy.messages
    if quota is not None and len(parts) > 1 and not split_agreed:
        raise SplitNeedsConsent(
            _(
                "This text is too long for one message. It would use %(count)s of the %(quota)s messages that"
                " %(channel)s allows until the customer writes again. Send it in parts, or shorten it."
            )
            % {"count": len(parts), "channel": capabilities.label, "quota": quota}
        )
    return parts


def clean_options(titles: Sequence[str], capabilities: Capabilities) -> list[str]:
    """Return the answers to offer, without empty ones. Raises UnableToSend."""
    cleaned = [title for raw in titles if (title := " ".join(raw.replace("\x00", "").split()))]
    if not cleaned:
        return []
    limits = capabilities.options
    if limits is None:
        raise UnableToSend(_("%(channel)s has no buttons.") % {"channel": capabilities.label})
    if len(cleaned) > limits.count:
        raise UnableToSend(_("At most %(limit)s buttons fit under a message.") % {"limit": limits.count})
    too_long = next((title for title in cleaned if len(title) > limits.title), None)
    if too_long is not None:
        raise UnableToSend(
            _("The button “%(title)s” is too long: at most %(limit)s characters.")
            % {"title": too_long, "limit": limits.title}
        )
    if len({title.casefold() for title in cleaned}) < len(cleaned):
        raise UnableToSend(_("Two buttons say the same."))
    return cleaned


def with_options(parts: list[Part], titles: Sequence[str], client_id: uuid.UUID) -> list[Part]:
    """Put the answers to tap under the last part."""
    if not titles:
        return parts
    ids = (f"{client_id.hex[:12]}.{number}" for number in range(1, len(titles) + 1))
    options = [{"id": key, "title": title} for key, title in zip(ids, titles, strict=True)]
    return [*parts[:-1], replace(parts[-1], details={**parts[-1].details, "options": options})]


def _check_count(count: int, capabilities: Capabilities) -> None:
    """Raises UnableToSend if these are more messages than the channel allows, or than we send at once."""
    quota = capabilities.reply_policy.messages
    if quota is not None and count > quota:
        raise UnableToSend(
            _("This would need %(count)s messages; %(channel)s allows %(quota)s until the customer writes again.")
            % {"count": count, "channel": capabilities.label, "quota": quota}
        )
    if count > MOST_PARTS:
        raise UnableToSend(
            _("This would need %(count)s messages; at most %(limit)s go out at once.")
            % {"count": count, "limit": MOST_PARTS}
        )


def _part(outgoing: Outgoing, capabilities: Capabilities) -> Part:
    """Raises UnableToSend."""
    if isinstance(outgoing, OutgoingCard):
        if words := refusal_of(outgoing.kind, capabilities):
            raise UnableToSend(words)
        return Part("", outgoing.kind, outgoing.details)
    plan = planned_file(outgoing, capabilities)
    return Part(
        "",
        plan.kind,
        {"attachments": [shown_file(outgoing.file, plan)]},
        PlannedFile(outgoing.file, plan.kind, plan.recipe),
    )


def shown_file(file: MediaFile, plan: Plan) -> dict[str, object]:
    """Return what a message tells about its file in lists, and by which a repeated form is recognised."""
    return {"kind": plan.kind.value, "filename": file.filename, "mime_type": plan.mime_type, "file": file.pk}
