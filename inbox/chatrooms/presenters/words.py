"""What agents read about messages and people, in the language of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from channels_adapters.types import Activity, Capabilities, MessageKind
from inbox.connections.failures import explain
from inbox.lib.signs import first_sign

from ..models import Direction, Message
from ..window import Mode, Reason, Window
from .details import object_of, objects_of, text_of
from .windows import window_words

_PREVIEW_LENGTH = 120
_LAST_NARROW = "\u2e7f"
_PHONE_NUMBER = re.compile(r"\+?[\s().-]*\d[\d\s().-]*")


def initials(name: str) -> str:
    """Two letters for an avatar: of the first and last word, or the first character of a Chinese name, or one emoji.

    Who is known by a phone number gets its last two digits: the first are the same for a whole country.
    """
    words = [word for raw in name.split() if (word := raw.strip("()[]{}<>\"'“”‘’.,;:!?*_-"))]
    if _PHONE_NUMBER.fullmatch(name.strip()):
        return "".join(character for character in name if character.isdecimal())[-2:]
    if not words:
        return ""
    first, last = first_sign(words[0]), first_sign(words[-1])
    return (first + last if len(words) > 1 and _is_letter(first) and _is_letter(last) else first).upper()


def _is_letter(sign: str) -> bool:
    """Whether a sign is so narrow that another one fits beside it."""
    return sign[0].isalnum() and sign[0] <= _LAST_NARROW


def kind_label(kind: str) -> str:
    return {
        MessageKind.TEXT: _("Text"),
        MessageKind.IMAGE: _("Image"),
        MessageKind.VIDEO: _("Video"),
        MessageKind.AUDIO: _("Audio"),
        MessageKind.VOICE: _("Voice message"),
        MessageKind.DOCUMENT: _("Document"),
        MessageKind.STICKER: _("Sticker"),
        MessageKind.LOCATION: _("Location"),
        MessageKind.CONTACTS: _("Contact card"),
        MessageKind.CHOICE: _("Answer"),
        MessageKind.ORDER: _("Order"),
        MessageKind.LINK: _("Link"),
        MessageKind.STORY_MENTION: _("Mentioned you in a story"),
        MessageKind.TEMPLATE: _("Template"),
    }.get(known_kind(kind), _("Unsupported message"))


def known_kind(kind: str) -> MessageKind:
    try:
        return MessageKind(kind)
    except ValueError:
        return MessageKind.UNSUPPORTED


def author_of(message: Message, capabilities: Capabilities) -> str:
    """Return who wrote for the business, empty for a customer's message. Needs author.user."""
    if message.author:
        return str(message.author)
    if message.direction == Direction.OUTBOUND and message.details.get("echo"):
        return capabilities.own_app
    return ""


def preview(message: Message | None) -> str:
    """Return one line for a message: what it says, and what it is where that is more than text."""
    if message is None:
        return ""
    if message.direction == Direction.SYSTEM:
        return system_text(message)
    if message.removed_at:
        return _("Removed message")
    text = " ".join(message.text.split())[:_PREVIEW_LENGTH]
    if message.kind == MessageKind.TEXT:
        return text
    more = text or _gist(message)
    return f"{_kind_of(message)}: {more}" if more else _kind_of(message)


def system_text(message: Message) -> str:
    """Put a system message's event into words of the current language."""
    details = message.details
    names = {name: text_of(value) for name, value in details.items()}
    activity = _activity(text_of(details.get("event")), details, names)
    if activity:
        return activity
    texts = {
        "assigned": _("%(actor)s assigned this chat to %(assignee)s"),
        "taken": _("%(actor)s took this chat"),
        "taken_over": _("%(actor)s took this chat over from %(before)s"),
        "given": _("This chat was given to %(assignee)s"),
        "rerouted": _("%(before)s is not here: this chat was given to %(assignee)s"),
        "given_to_team": _("%(actor)s gave this chat to the team %(team)s"),
        "taken_off_team": _("%(actor)s took this chat off the team %(team)s"),
        "unassigned": _("%(actor)s unassigned this chat"),
        "assignee_left": _("%(before)s is no longer a member: nobody has this chat now"),
        "closed": _("%(actor)s closed this chat"),
        "archived": _("%(actor)s archived this chat"),
        "reopened": _("%(actor)s reopened this chat"),
        "labelled": _("%(actor)s added the label “%(label)s”"),
        "unlabelled": _("%(actor)s removed the label “%(label)s”"),
        "note_added": _("%(actor)s added a note"),
        "note_edited": _("%(actor)s edited a note"),
        "note_deleted": _("%(actor)s deleted a note"),
        "note_pinned": _("%(actor)s pinned a note"),
        "note_unpinned": _("%(actor)s unpinned a note"),
        "blocked": _("%(actor)s blocked this customer"),
        "unblocked": _("%(actor)s unblocked this customer"),
        "stop_noted": _("%(actor)s noted that the customer wants no more messages"),
        "stop_lifted": _("%(actor)s noted that the customer takes messages again"),
        "stop_said": _("The customer wrote “%(words)s”: they want no more messages"),
        "start_said": _("The customer wrote “%(words)s”: they take messages again"),
        "reopened_by_customer": _("The customer wrote: this chat is open again"),
        "number_changed": _("The customer’s number changed from %(old)s to %(new)s"),
        "id_changed": _("The customer has a new id on this channel"),
        "security_code_changed": _("The customer’s security code changed"),
        "scheduled_missed": _(
            "A message of %(author)s for %(time)s (%(zone)s) could not be sent in time. Send it now, or cancel it."
        ),
        "scheduled_not_sent": _("The message of %(author)s for %(time)s (%(zone)s) was not sent. %(refusal)s"),
        "scheduled_unwanted": _(
            "The message of %(author)s for %(time)s (%(zone)s) was cancelled, because the customer wrote first"
        ),
        "answer_offered": _("The customer wrote: the answer %(author)s held is ready to be sent, above the text field"),
        "answer_expired": _(
            "The answer %(author)s held was not sent within 7 days. It stays above the text field until somebody sends"
            " it or gives it up."
        ),
        "template_withdrawn": _("%(actor)s cancelled the template “%(template)s”, which had not left"),
        "bot_answers": _("Another app answers in this chat now"),
        "bot_left": _("The other app no longer answers: this chat is yours"),
        "control_taken": _("%(actor)s took this chat over from the other app"),
        "control_refused": _("This chat was not taken over from the other app: %(reason)s"),
        "reaction_failed": _("The reaction %(emoji)s was not sent: %(reason)s"),
    }
    words = texts.get(text_of(details.get("event")))
    if details.get("event") in ("reaction_failed", "control_refused") and "code" in names:
        names["reason"] = explain(names["channel"], names["code"], names.get("reason", "")).words
    if details.get("mode") and not names.get("refusal"):
        names["refusal"] = why_not_sent(names["mode"], names.get("reason", ""), channel=names.get("channel", ""))
    return words % _Named(names) if words else message.text


def why_not_sent(mode: str, reason: str, *, channel: str) -> str:
    """Word the window that a scheduled message met, stored as its mode and reason."""
    window = Window(Mode(mode), Reason(reason))
    if window.reason is Reason.OPTED_OUT:
        return _("The customer wants no more messages: what was scheduled is not sent.")
    if window.mode is Mode.FREE:
        return _("%(channel)s allows fewer messages than it needs until the customer writes.") % {"channel": channel}
    return window_words(window, channel=channel)


class _Named(dict[str, str]):
    """Names for a sentence; what an event left out is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _activity(event: str, details: Mapping[str, object], names: Mapping[str, str]) -> str:
    """Say what a customer did, with the name of what it was done with, where that is known."""
    referral = object_of(details.get("referral")) or details
    source, ref = text_of(referral.get("source")), text_of(referral.get("title")) or text_of(referral.get("ref"))
    named = names.get("title") or names.get("key") or names.get("url") or ref
    sentences: dict[str, str] = {
        Activity.FOLLOWED: _("The customer follows this account now"),
        Activity.UNFOLLOWED: _("The customer no longer follows this account"),
        Activity.MENU: _("The customer used the menu"),
        Activity.SCANNED: _("The customer scanned the QR code"),
        Activity.REFERRED: came_from(source),
        Activity.OPTED_IN: _("The customer agreed to receive messages"),
        Activity.OPTED_OUT: _("The customer wants no more messages"),
    }
    sentence = sentences.get(event, "")
    return f"{sentence}: {named}" if sentence and named else sentence


def came_from(source: str) -> str:
    return {
        "ad": _("The customer came from an advertisement"),
        "post": _("The customer came from a post"),
        "link": _("The customer came through a link"),
        "qr": _("The customer came through a QR code"),
        "product": _("The customer came from a product"),
    }.get(source, _("The customer came back"))


def _kind_of(message: Message) -> str:
    label = kind_label(message.kind)
    others = len(objects_of(message.details.get("attachments"))) - 1
    return f"{label} +{others}" if others > 0 else label


def _gist(message: Message) -> str:
    """Say what a message without text is about, in a few words."""
    details = message.details
    names = {
        MessageKind.LOCATION: (details.get("name"), details.get("address")),
        MessageKind.CONTACTS: tuple(contact.get("name") for contact in objects_of(details.get("contacts"))[:1]),
        MessageKind.CHOICE: (details.get("title"),),
        MessageKind.LINK: (details.get("title"), details.get("url")),
        MessageKind.UNSUPPORTED: (details.get("type"),),
        MessageKind.STICKER: (details.get("emoji"),),
        MessageKind.VOICE: (details.get("transcript"),),
        MessageKind.DOCUMENT: tuple(file.get("filename") for file in objects_of(details.get("attachments"))[:1]),
    }.get(known_kind(message.kind), ())
    return next((" ".join(name.split())[:_PREVIEW_LENGTH] for name in map(text_of, names) if name), "")
