"""What was done to chats, in words: to one, to many, what would be done, and why some were left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..actions import Left, Outcome, Why

# So many customers are named who have written meanwhile.
MOST_NAMES = 3


def outcome_words(do: str, outcome: Outcome, *, name: str) -> str:
    """Say what was done to how many, and what became of the others. `name` is whom or what it was done with."""
    count = len(outcome.changed)
    done = _done(do, count) % {"count": count, "name": name} if count else _("Nothing was changed.")
    return " ".join([done, *left_words(outcome.left)])


def _done(do: str, count: int) -> str:
    return {
        "close": ngettext("%(count)s chat closed.", "%(count)s chats closed.", count),
        "reopen": ngettext("%(count)s chat reopened.", "%(count)s chats reopened.", count),
        "archive": ngettext("%(count)s chat archived.", "%(count)s chats archived.", count),
        "read": ngettext("%(count)s chat marked as read.", "%(count)s chats marked as read.", count),
        "unread": ngettext("%(count)s chat marked as unread.", "%(count)s chats marked as unread.", count),
        "label": ngettext("%(count)s customer labelled.", "%(count)s customers labelled.", count),
        "unlabel": ngettext(
            "The label was removed from %(count)s customer.", "The label was removed from %(count)s customers.", count
        ),
        "assign": ngettext("%(count)s chat assigned to %(name)s.", "%(count)s chats assigned to %(name)s.", count),
        "unassign": ngettext("%(count)s chat is nobody’s now.", "%(count)s chats are nobody’s now.", count),
        "team": ngettext(
            "%(count)s chat given to the team %(name)s.", "%(count)s chats given to the team %(name)s.", count
        ),
        "no-team": ngettext("%(count)s chat has no team now.", "%(count)s chats have no team now.", count),
        "undo": ngettext("%(count)s chat is as before.", "%(count)s chats are as before.", count),
    }[do]


def question_words(do: str, count: int, *, name: str) -> str:
    """Ask whether that many are really meant."""
    question = {
        "close": ngettext("Close %(count)s chat?", "Close %(count)s chats?", count),
        "reopen": ngettext("Reopen %(count)s chat?", "Reopen %(count)s chats?", count),
        "archive": ngettext("Archive %(count)s chat?", "Archive %(count)s chats?", count),
        "read": ngettext("Mark %(count)s chat as read?", "Mark %(count)s chats as read?", count),
        "unread": ngettext("Mark %(count)s chat as unread?", "Mark %(count)s chats as unread?", count),
        "label": ngettext(
            "Add the label “%(name)s” to the customer of %(count)s chat?",
            "Add the label “%(name)s” to the customers of %(count)s chats?",
            count,
        ),
        "unlabel": ngettext(
            "Remove the label “%(name)s” from the customer of %(count)s chat?",
            "Remove the label “%(name)s” from the customers of %(count)s chats?",
            count,
        ),
        "assign": ngettext("Assign %(count)s chat to %(name)s?", "Assign %(count)s chats to %(name)s?", count),
        "unassign": ngettext("Unassign %(count)s chat?", "Unassign %(count)s chats?", count),
        "team": ngettext(
            "Give %(count)s chat to the team %(name)s?", "Give %(count)s chats to the team %(name)s?", count
        ),
        "no-team": ngettext("Take %(count)s chat off its team?", "Take %(count)s chats off their teams?", count),
    }[do]
    return question % {"count": count, "name": name}


def answer_words(do: str, count: int) -> str:
    """Name what is done on the button by which that question is answered."""
    assigning = ngettext("Assign %(count)s chat", "Assign %(count)s chats", count)
    return {
        "close": ngettext("Close %(count)s chat", "Close %(count)s chats", count),
        "reopen": ngettext("Reopen %(count)s chat", "Reopen %(count)s chats", count),
        "archive": ngettext("Archive %(count)s chat", "Archive %(count)s chats", count),
        "read": ngettext("Mark %(count)s chat as read", "Mark %(count)s chats as read", count),
        "unread": ngettext("Mark %(count)s chat as unread", "Mark %(count)s chats as unread", count),
        "label": _("Add label"),
        "unlabel": _("Remove label"),
        "assign": assigning,
        "unassign": ngettext("Unassign %(count)s chat", "Unassign %(count)s chats", count),
        "team": assigning,
        "no-team": ngettext("Take %(count)s chat off its team", "Take %(count)s chats off their teams", count),
    }[do] % {"count": count}


def one_words(do: str, *, name: str) -> str:
    """Say what was done to the one chat that is open."""
    return {
        "close": _("The chat is closed."),
        "reopen": _("The chat is open again."),
        "archive": _("The chat is archived."),
        "take": _("The chat is yours now."),
        "assign": _("%(name)s has the chat now."),
        "unassign": _("Nobody has the chat now."),
        "team": _("The team %(name)s has the chat now."),
        "no-team": _("The chat has no team now."),
    }[do] % {"name": name}


def still_open_words(outcome: Outcome) -> str:
    """Say that an answer has not closed its chat, whose customer has written; "" if it was not left for that."""
    words = _("Sent, but the chat is still open: %(name)s has written meanwhile.")
    return next((words % {"name": each.customer} for each in outcome.left if each.why is Why.WROTE), "")


def left_words(left: Sequence[Left]) -> Iterator[str]:
    """Say why some were left as they are, the same reason once."""
    reasons = Counter((each.why, each.owner if each.why is Why.MOVED else "", _is_teams(each)) for each in left)
    writers = _listed([each.customer for each in left if each.why is Why.WROTE])
    for (why, name, is_teams), count in reasons.items():
        yield _why(why, count, name=name, is_teams=is_teams) % {"count": count, "name": name, "names": writers}


def _listed(names: Sequence[str]) -> str:
    more = ["…"] if len(names) > MOST_NAMES else []
    return ", ".join([*names[:MOST_NAMES], *more])


def _is_teams(left: Left) -> bool:
    return left.why is Why.MOVED and left.owners[0] is None


def _why(why: Why, count: int, *, name: str, is_teams: bool) -> str:
    if why is Why.MOVED and not name:
        return ngettext("%(count)s is nobody’s by now.", "%(count)s are nobody’s by now.", count)
    if why is Why.MOVED and is_teams:
        return ngettext(
            "%(count)s was given to the team %(name)s meanwhile.",
            "%(count)s were given to the team %(name)s meanwhile.",
            count,
        )
    return {
        Why.MOVED: ngettext(
            "%(count)s was taken by %(name)s meanwhile.", "%(count)s were taken by %(name)s meanwhile.", count
        ),
        Why.WROTE: ngettext(
            "%(count)s was left: its customer has written meanwhile (%(names)s).",
            "%(count)s were left: their customers have written meanwhile (%(names)s).",
            count,
        ),
        Why.KEPT: ngettext(
            "%(count)s was left: only its assignee or an admin may hand it over.",
            "%(count)s were left: only their assignees or an admin may hand them over.",
            count,
        ),
        Why.SAME: ngettext("%(count)s already was.", "%(count)s already were.", count),
        Why.CHANGED: ngettext("%(count)s was changed since.", "%(count)s were changed since.", count),
        Why.GONE: ngettext(
            "%(count)s was left: it is gone, or who should get it is.",
            "%(count)s were left: they are gone, or who should get them is.",
            count,
        ),
        Why.UNREACHED: ngettext(
            "%(count)s was not reached, because something went wrong on our side. Try again.",
            "%(count)s were not reached, because something went wrong on our side. Try again.",
            count,
        ),
    }[why]


def empty_team_words(name: str) -> str:
    words = _("Nobody is in the team %(name)s: give it members, or its chats to somebody else.")
    return words % {"name": name}
