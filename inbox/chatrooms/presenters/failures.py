"""Why a message or a file failed, as the chat says it: the cause, whose matter it is, and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import Capabilities
from inbox.connections.failures import Action, Explanation, address_to_check, explain, explain_fetch

from .. import delivery
from ..models import Attachment, Message
from ..window import Alternative, once_refused
from .unsent import Unsent, unsent

# Steps that an administrator takes, on pages that let nobody else in.
_ADMIN_PAGES = {
    Action.RECONNECT: "admin:connections_connection_change",
    Action.OPEN_DOCTOR: "connection_doctor",
}


@dataclass(frozen=True)
class NextStep:
    """One button. `opens`: a panel above the composer, a `page`, a page that is only for `admins`, or nothing: it does
    what it says at once. `unsent` is what it brings along, which makes it a button of a form."""

    label: str
    icon: str
    url: str
    opens: str
    unsent: Unsent | None = None


@dataclass(frozen=True)
class FailureView:
    """What stands under a message. `code` is for support; only a failure that has an explanation has more than words."""

    words: str
    whose: str = ""
    advice: str = ""  # the next step, where there is no button for it
    code: str = ""
    steps: tuple[NextStep, ...] = ()


def message_failure(message: Message, *, slug: str, capabilities: Capabilities, settled: bool) -> FailureView | None:
    """Needs chatroom.customer loaded, and the files."""
    if message.state == delivery.UNKNOWN:
        if settled:
            return FailureView(_("No answer came back, so we cannot tell whether the customer got this."))
        return FailureView(_("No answer came back yet. Waiting a minute for a receipt."))
    if message.state == delivery.QUEUED and message.failure_code:
        return FailureView(explain(capabilities.kind, message.failure_code, message.failure_text).words)
    if message.state != delivery.FAILED:
        return None
    why = explain(capabilities.kind, message.failure_code, message.failure_text)
    steps = tuple(_steps(why, message, slug, capabilities))
    return _view(why, message.failure_code, steps)


def file_failure(attachment: Attachment, *, capabilities: Capabilities) -> FailureView:
    """Explain why a customer's file did not come."""
    words = attachment.problem or _("The channel did not say where this file is.")
    return _view(explain_fetch(capabilities.kind, attachment.problem_code, words), attachment.problem_code, ())


def failure_words(message: Message, capabilities: Capabilities) -> str:
    """Say in one sentence why a failed message failed."""
    return explain(capabilities.kind, message.failure_code, message.failure_text).words


def _view(why: Explanation, code: str, steps: tuple[NextStep, ...]) -> FailureView:
    has_button = bool(steps) or why.action is Action.RETRY
    return FailureView(why.words, why.whose, "" if has_button else why.action_label, code, steps)


def _steps(why: Explanation, message: Message, slug: str, capabilities: Capabilities) -> Iterator[NextStep]:
    room, action = [slug, message.chatroom_id], why.action
    if action is Action.HOLD_ANSWER:
        for alternative in once_refused(capabilities.reply_policy):
            yield from _instead(alternative, message, room)
    elif action is Action.USE_TEMPLATE:
        yield from _instead(Alternative.TEMPLATE, message, room)
    elif action is Action.CHANGE_FILE:
        yield NextStep(why.action_label, "attach", reverse("chatrooms:file_rules", args=room), "panel")
    elif action is Action.CHECK_NUMBER:
        # Until somebody has a name, and beside it, they are called by their number.
        number = message.chatroom.customer.label
        if number.startswith("+") and (url := address_to_check(capabilities.kind, number)):
            yield NextStep(f"{why.action_label}: {number}", "external", url, "page")
    elif action is Action.TAKE_OVER:
        yield NextStep(why.action_label, "take", reverse("chatrooms:control", args=room), "")
    elif action is Action.RAISE_BUDGET:
        url = f"{reverse('pricing:costs', args=[slug])}#budget-{message.connection_id}"
        yield NextStep(why.action_label, "costs", url, "admins")
    elif action in _ADMIN_PAGES:
        page = reverse(_ADMIN_PAGES[action], args=[message.connection_id])
        url = f"{reverse('enter_admin', args=[slug])}?{urlencode({'next': page})}"
        yield NextStep(why.action_label, "settings", url, "admins")


def _instead(alternative: Alternative, message: Message, room: Sequence[object]) -> Iterator[NextStep]:
    """Return the button of what may be done instead; for waiting there is none."""
    if alternative is Alternative.TEMPLATE:
        yield NextStep(_("Choose a template"), "template", reverse("chatrooms:templates", args=room), "panel")
    elif alternative is Alternative.HOLD and (again := unsent(message, getattr(message, "shown_files", ()))):
        yield NextStep(_("Hold the answer"), "schedule", reverse("chatrooms:hold", args=room), "panel", again)
