"""What the audit log says in the language of whoever reads it. It is kept in words of ours that never change."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: Mapping[str, str | Promise] = {
    "answer.cancelled": _("cancelled a held answer"),
    "answer.edited": _("changed a held answer"),
    "answer.held": _("held an answer"),
    "answer.released": _("sent a held answer"),
    "app.secret_rotated": _("replaced an app secret"),
    "app.tokens_shown": _("looked at what the console asks for"),
    "assignment.changed": _("changed who gets chats"),
    "assignment.dropped": _("gave up a rule of who gets chats"),
    "chat.archived": _("archived a chat"),
    "chat.assigned": _("assigned a chat"),
    "chat.assignee_left": _("took a chat off somebody who has left"),
    "chat.closed": _("closed a chat"),
    "chat.control_asked": _("asked the bot for a chat"),
    "chat.given": _("gave a chat by the rule"),
    "chat.given_to_team": _("gave a chat to a team"),
    "chat.reopened": _("reopened a chat"),
    "chat.rerouted": _("gave a chat to somebody else by the rule"),
    "chat.taken": _("took a chat"),
    "chat.taken_over": _("took over a chat"),
    "chat.taken_off_team": _("took a chat off its team"),
    "chat.unassigned": _("gave up a chat"),
    "connection.budget_removed": _("removed a budget"),
    "connection.budget_set": _("set a budget"),
    "connection.created": _("connected an account"),
    "connection.examined": _("checked a connection"),
    "connection.mended": _("mended a connection"),
    "connection.needs_attention": _("stopped sending: it needs attention"),
    "connection.paused": _("paused sending"),
    "connection.recovered": _("resumed sending by itself"),
    "connection.renewed": _("entered new credentials"),
    "connection.resumed": _("resumed sending"),
    "connection.subscribed_again": _("subscribed to webhooks again"),
    "connection.token_renewed": _("renewed the access token"),
    "contact_rules.set": _("set the words of who wants no messages"),
    "customer.blocked": _("blocked a customer"),
    "customer.field_changed": _("changed what is known of a customer"),
    "customer.labelled": _("labelled a customer"),
    "customer.merged": _("merged two customers"),
    "customer.renamed": _("renamed a customer"),
    "customer.start_said": _("the customer wants messages again"),
    "customer.stop_lifted": _("noted that a customer wants messages again"),
    "customer.stop_noted": _("noted that a customer wants no messages"),
    "customer.stop_said": _("the customer wants no messages"),
    "customer.unblocked": _("unblocked a customer"),
    "customer.unlabelled": _("took a label off a customer"),
    "customer.unmerged": _("separated two customers"),
    "customer_field.changed": _("changed a customer field"),
    "customer_field.created": _("created a customer field"),
    "faq.changed": _("changed an FAQ entry"),
    "faq.created": _("created an FAQ entry"),
    "faq.deleted": _("deleted an FAQ entry"),
    "faq_category.created": _("created an FAQ category"),
    "faq_category.deleted": _("deleted an FAQ category"),
    "faq_category.moved": _("moved an FAQ category"),
    "faq_category.renamed": _("renamed an FAQ category"),
    "file.fetched_again": _("fetched a file again"),
    "label.changed": _("changed a label"),
    "label.created": _("created a label"),
    "label.deleted": _("deleted a label"),
    "member.away": _("went away"),
    "member.back": _("came back"),
    "member.changed": _("changed a member"),
    "member.invited": _("invited somebody"),
    "member.invited_again": _("invited somebody again"),
    "member.joined": _("joined"),
    "member.uninvited": _("revoked an invitation"),
    "message.confirmed": _("confirmed that a message was sent"),
    "message.reacted": _("reacted to a message"),
    "message.retried": _("sent a message again"),
    "message.taken_back": _("took back a message"),
    "message.template_sent": _("sent a template"),
    "message.withdrawn": _("withdrew a message"),
    "message.written": _("wrote a message"),
    "note.added": _("added a note"),
    "note.changed": _("changed a note"),
    "note.deleted": _("deleted a note"),
    "note.pinned": _("pinned a note"),
    "note.unpinned": _("unpinned a note"),
    "rate.saved": _("saved a rate"),
    "rates.imported": _("imported rates"),
    "scheduled.cancelled": _("cancelled a scheduled message"),
    "scheduled.changed": _("changed a scheduled message"),
    "scheduled.missed": _("could not send a scheduled message in time"),
    "scheduled.not_sent": _("did not send a scheduled message"),
    "scheduled.sent": _("sent a scheduled message"),
    "scheduled.written": _("scheduled a message"),
    "team.changed": _("changed a team"),
    "team.created": _("created a team"),
    "team.deleted": _("deleted a team"),
    "template.create_ordered": _("submitted a template"),
    "template.defaults_set": _("changed what a template is filled in with"),
    "template.delete_ordered": _("deleted a template"),
    "template.discarded": _("discarded a template"),
    "template.edit_ordered": _("changed a template"),
    "template.fallback_set": _("chose a template for when the time to answer is over"),
    "templates.synced": _("had the templates read again"),
    "user.activated": _("let a person in again"),
    "user.deactivated": _("shut a person out"),
    "view.changed": _("changed a view"),
    "view.deleted": _("deleted a view"),
    "view.saved": _("saved a view"),
    "workspace.changed": _("changed the settings"),
    "workspace.created": _("created the workspace"),
}


def verb_words(verb: str) -> str:
    """Return what was done; a verb that is none any more as it was noted."""
    return str(VERBS.get(verb, verb))


def subject_words(subject: str) -> str:
    """Return to what: "chat 7" for `chatrooms.chatroom:7`."""
    label, _colon, pk = subject.partition(":")
    try:
        name = apps.get_model(label)._meta.verbose_name
    except (LookupError, ValueError):
        return subject
    return f"{name} {pk}"
