"""Gates: the only door from an untrusted id to a template or to a connection that has some."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404

from inbox.connections.models import Connection
from inbox.workspaces.models import Membership

from .models import MessageTemplate
from .selectors import has_templates, numbers_of


def get_template(member: Membership, template_id: int) -> MessageTemplate:
    """Return a template of the member's workspace. Raises Http404."""
    row = MessageTemplate.objects.filter(workspace_id=member.workspace_id, pk=template_id).first()
    if row is None:
        raise Http404
    return row


def get_connection(member: Membership, connection_id: int) -> Connection:
    """Return a connection of the member's workspace that has templates. Raises Http404."""
    rows = Connection.objects.filter(workspace_id=member.workspace_id, pk=connection_id).defer("credentials")
    row = rows.first()
    if row is None or not has_templates(row):
        raise Http404
    return row


def get_numbers(template: MessageTemplate, ids: Iterable[str]) -> list[Connection]:
    """Return those of the numbers of the template's account that a form names. Raises Http404 for any other."""
    own = {str(connection.pk): connection for connection in numbers_of(template)}
    try:
        return [own[each] for each in dict.fromkeys(ids)]
    except KeyError:
        raise Http404("no such number") from None
