"""What members read in a notification, in the current language. Needs what `selectors.to_tell` loads."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.chatrooms.presenters.words import preview

from .models import Kind, Notification

LONGEST_TEXT = 160


def headline(notification: Notification) -> str:
    """Say what happened, and with whom."""
    names = {"customer": str(notification.chatroom.customer)}
    if notification.kind == Kind.MENTION and notification.mention:
        names["author"] = str(notification.mention.note.author)
    return _sentences(notification.kind) % names


def text(notification: Notification) -> str:
    """Say more, in other people's words."""
    if notification.kind == Kind.MENTION and notification.mention:
        return _short(notification.mention.note.text)
    if notification.kind == Kind.SEND_FAILED:
        return _short(preview(notification.message))
    if notification.kind in (Kind.MESSAGE, Kind.UNASSIGNED, Kind.ASSIGNED):
        words = preview(notification.chatroom.last_message)
        if notification.kind == Kind.MESSAGE and notification.count > 1:
            more = ngettext("%(count)s new message", "%(count)s new messages", notification.count)
            words = f"{more % {'count': notification.count}} · {words}"
        return _short(words)
    return ""


def discreet(notification: Notification) -> str:
    """Say what happened without any name or word of others."""
    return {
        Kind.MESSAGE: _("A customer wrote in a chat of yours"),
        Kind.UNASSIGNED: _("A chat waits for somebody to take it"),
        Kind.ASSIGNED: _("A chat was given to you"),
        Kind.MENTION: _("A colleague mentioned you in a note"),
        Kind.SEND_FAILED: _("A message of yours was not sent"),
        Kind.HELD_OFFERED: _("An answer you held is ready to be sent"),
        Kind.HELD_EXPIRED: _("An answer you held was not sent in time"),
        Kind.SCHEDULED_MISSED: _("A scheduled message of yours was not sent"),
    }[Kind(notification.kind)]


def _sentences(kind: str) -> str:
    return {
        Kind.MESSAGE: _("%(customer)s wrote"),
        Kind.UNASSIGNED: _("%(customer)s waits for somebody to answer"),
        Kind.ASSIGNED: _("The chat with %(customer)s was given to you"),
        Kind.MENTION: _("%(author)s mentioned you in a note on %(customer)s"),
        Kind.SEND_FAILED: _("Your message to %(customer)s was not sent"),
        Kind.HELD_OFFERED: _("%(customer)s wrote: your held answer is ready to be sent"),
        Kind.HELD_EXPIRED: _("Your held answer to %(customer)s was not sent in time"),
        Kind.SCHEDULED_MISSED: _("Your scheduled message to %(customer)s was not sent"),
    }[Kind(kind)]


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_TEXT else f"{words[: LONGEST_TEXT - 1]}…"
