"""Choosing a message template in an open chat and filling it in, with a preview as the phone shows it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.message_templates.filling import Place, Variable, preview_of, variables_of
from inbox.message_templates.models import MessageTemplate

from ..models import Chatroom

VALUE = "value."  # before a variable's key, the name of its input


@dataclass(frozen=True)
class TemplateChoice:
    """One template of the list."""

    name: str
    language: str
    text: str
    url: str


@dataclass(frozen=True)
class VariableInput:
    name: str  # value.body.1
    label: str
    value: str
    example: str
    error: str


@dataclass(frozen=True)
class TemplateForm:
    """The chosen template with what is filled in so far. `client_id` makes a double submit one message."""

    template_id: int
    name: str
    language: str
    category: str
    inputs: tuple[VariableInput, ...]
    preview: dict[str, Any]
    error: str
    client_id: str
    send_url: str


@dataclass(frozen=True)
class TemplatePicker:
    """`chatrooms/_template_picker.html`: the list, or the chosen one."""

    url: str
    room_url: str
    business_id: str  # whose templates these are: news about them are for this picker
    search: str
    notice: str
    choices: tuple[TemplateChoice, ...] = ()
    chosen: TemplateForm | None = None


def template_picker(
    room: Chatroom,
    *,
    slug: str,
    templates: Sequence[MessageTemplate] = (),
    chosen: TemplateForm | None = None,
    search: str = "",
    notice: str = "",
) -> TemplatePicker:
    """Needs connection loaded."""
    url = reverse("chatrooms:templates", args=[slug, room.pk])
    return TemplatePicker(
        url=url,
        room_url=reverse("chatrooms:room", args=[slug, room.pk]),
        business_id=room.connection.business_id,
        search=search,
        notice=notice,
        choices=tuple(
            TemplateChoice(
                name=template.name,
                language=template.language,
                text=preview_of(template.components)["body"],
                url=f"{url}?template={template.pk}",
            )
            for template in templates
        ),
        chosen=chosen,
    )


def template_form(
    room: Chatroom,
    template: MessageTemplate,
    values: Mapping[str, str],
    *,
    slug: str,
    errors: Mapping[str, str] | None = None,
    client_id: uuid.UUID | None = None,
) -> TemplateForm:
    """`values` and `errors` stand under the keys of the variables; an error under "" is about the template."""
    wrong = errors or {}
    preview = preview_of(template.components, values)
    return TemplateForm(
        template_id=template.pk,
        name=template.name,
        language=template.language,
        category=template.category,
        inputs=tuple(
            VariableInput(
                name=f"{VALUE}{variable.key}",
                label=_label(variable, preview),
                value=values.get(variable.key, ""),
                example=variable.example,
                error=wrong.get(variable.key, ""),
            )
            for variable in variables_of(template.components)
        ),
        preview=preview,
        error=wrong.get("", ""),
        client_id=str(client_id or uuid.uuid4()),
        send_url=reverse("chatrooms:template_messages", args=[slug, room.pk]),
    )


def _label(variable: Variable, preview: Mapping[str, Any]) -> str:
    names = {
        "image": _("Address of the picture"),
        "video": _("Address of the video"),
        "document": _("Address of the document"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
        "name": _("Name of the place"),
        "address": _("Address of the place"),
    }
    if variable.place in (Place.MEDIA, Place.LOCATION):
        return names.get(variable.name, variable.name)
    if variable.place is Place.CODE:
        return _("Code to copy")
    if variable.place is Place.URL:
        return _("End of the address of “%(button)s”") % {"button": preview["buttons"][variable.index]["text"]}
    if variable.place is Place.HEADER:
        return _("Header: %(name)s") % {"name": variable.name}
    return (
        variable.name.replace("_", " ")
        if not variable.name.isdecimal()
        else _("Text %(number)s") % {"number": variable.name}
    )
