"""What a catalogue of failures consists of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Matter(StrEnum):
    """Who can do something about a failure."""

    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"
    PLATFORM = "platform"  # who runs or makes this product
    VENDOR = "vendor"


class Action(StrEnum):
    """What to do next."""

    RETRY = "retry"
    USE_TEMPLATE = "use_template"
    HOLD_ANSWER = "hold_answer"  # the answer goes when the customer writes, a template now where there are any
    CHANGE_FILE = "change_file"
    SPLIT_TEXT = "split_text"
    CHECK_NUMBER = "check_number"
    RECONNECT = "reconnect"
    OPEN_DOCTOR = "open_doctor"
    RAISE_BUDGET = "raise_budget"
    TAKE_OVER = "take_over"  # the chat, from another app
    WAIT = "wait"
    ASK_AGAIN = "ask_again"  # the customer, to send it once more
    CONTACT_OTHERWISE = "contact_otherwise"
    NONE = "none"


WHOSE: Mapping[Matter, Promise] = {
    Matter.CUSTOMER: _("Only the customer can change this."),
    Matter.AGENT: _("You can change this."),
    Matter.ADMIN: _("An administrator must act."),
    Matter.PLATFORM: _("Please report this to support."),
    Matter.VENDOR: _("This lies with %(channel)s."),
}

LABELS: Mapping[Action, Promise] = {
    Action.RETRY: _("Send again"),
    Action.USE_TEMPLATE: _("Choose a template"),
    Action.HOLD_ANSWER: _("Hold the answer"),
    Action.CHANGE_FILE: _("What can be sent"),
    Action.SPLIT_TEXT: _("Shorten the text, or send it in parts."),
    Action.CHECK_NUMBER: _("Check the number"),
    Action.RECONNECT: _("Reconnect the account"),
    Action.OPEN_DOCTOR: _("Open the set-up doctor"),
    Action.RAISE_BUDGET: _("Costs and budget"),
    Action.TAKE_OVER: _("Take over"),
    Action.WAIT: _("Wait, then send it again."),
    Action.ASK_AGAIN: _("Ask the customer to send it again."),
    Action.CONTACT_OTHERWISE: _("Reach the customer another way."),
}


@dataclass(frozen=True)
class Failure:
    """One explanation for all the codes that mean the same. The cause may name the `%(channel)s`.

    A code that ends in `*` stands for all that begin so and have no explanation of their own.
    """

    codes: tuple[str, ...]
    cause: Promise
    matter: Matter
    action: Action = Action.NONE


@dataclass(frozen=True)
class Explanation:
    """A failure as the reader sees it. `action_label` names the next step; empty where there is none."""

    words: str
    matter: Matter
    whose: str
    action: Action
    action_label: str


def by_code(failures: Iterable[Failure]) -> dict[str, Failure]:
    return {code: failure for failure in failures for code in failure.codes}
