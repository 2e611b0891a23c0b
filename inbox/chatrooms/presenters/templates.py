"""Choosing a message template in an open chat and filling it in, with a preview as the phone shows it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.media.models import MediaFile
from inbox.message_templates.components import HEADER_FILE, Place, Variable, variables_of, version_of
from inbox.message_templates.filling import why_not
from inbox.message_templates.languages import LANGUAGES
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.previews import preview_of
from inbox.message_templates.selectors import Listing
from inbox.message_templates.selectors import Withheld as WithheldTemplates

from ..models import Chatroom

_ACCEPT = {"image": "image/*", "video": "video/*", "document": "*/*"}
VALUE = "value."  # before a variable's key, the name of its input


@dataclass(frozen=True)
class TemplateChoice:
    """One template of the list."""

    name: str
    language: str
    text: str
    url: str


@dataclass(frozen=True)
class LanguageChoice:
    code: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Withheld:
    """An approved template that is not offered, and why."""

    name: str
    language: str
    reason: str


@dataclass(frozen=True)
class VariableInput:
    name: str  # value.body.1
    label: str
    value: str
    example: str
    error: str
    accept: str = ""  # what a file may be that is chosen instead, "" where none can


@dataclass(frozen=True)
class TemplateForm:
    """The chosen template with what is filled in so far. `client_id` makes a double submit one message.

    `version` is another one once the template's texts are: what is sent is what the agent has seen."""

    template_id: int
    name: str
    language: str
    category: str
    inputs: tuple[VariableInput, ...]
    preview: dict[str, Any]
    error: str
    client_id: str
    version: str
    send_url: str
    cost: str  # "" where the channel bills nothing
    warning: str  # that the budget is nearly used up
    file_id: str = ""  # of the file chosen for the header
    file_name: str = ""
    seen_id: int = 0  # the newest message of the chat when the form was opened
    asks_again: bool = False  # whether a colleague's answer was in the way

    @property
    def takes_file(self) -> bool:
        return any(each.accept for each in self.inputs)


@dataclass(frozen=True)
class TemplatePicker:
    """`chatrooms/_template_picker.html`: the list, or the chosen one."""

    url: str
    room_url: str
    business_id: str  # whose templates these are: news about them are for this picker
    search: str
    notice: str
    choices: tuple[TemplateChoice, ...] = ()
    languages: tuple[LanguageChoice, ...] = ()  # of the templates there are, the customer's likeliest first
    withheld: tuple[Withheld, ...] = ()  # the first of them
    withheld_count: int = 0
    is_cut: bool = False  # there are more than are shown
    chosen: TemplateForm | None = None


def template_picker(
    room: Chatroom,
    *,
    slug: str,
    listing: Listing | None = None,
    withheld: WithheldTemplates | None = None,
    languages: Sequence[str] = (),
    language: str = "",
    chosen: TemplateForm | None = None,
    search: str = "",
    notice: str = "",
) -> TemplatePicker:
    """`language` is the only one that is shown, if any. Needs connection loaded."""
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
            for template in (listing.templates if listing else ())
        ),
        languages=tuple(LanguageChoice(code, LANGUAGES.get(code, code), code == language) for code in languages),
        withheld=tuple(
            Withheld(row.name, row.language, why_not(row.components))
            for row in (withheld.templates if withheld else ())
        ),
        withheld_count=withheld.count if withheld else 0,
        is_cut=listing is not None and listing.is_cut,
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
    cost: str = "",
    warning: str = "",
    file: MediaFile | None = None,
    seen_id: int | None = None,
    asks_again: bool = False,
) -> TemplateForm:
    """`values` and `errors` stand under the keys of the variables; an error under "" is about the template."""
    wrong = errors or {}
    preview = preview_of(template.components, values)
    if file is not None:
        preview = preview_with_file(preview, file, picture=file.url(slug) if file.is_inline else "")
    return TemplateForm(
        template_id=template.pk,
        name=template.name,
        language=template.language,
        category=template.category,
        inputs=variable_inputs(template, values, wrong, takes_file=True),
        preview=preview,
        error=wrong.get("", ""),
        client_id=str(client_id or uuid.uuid4()),
        version=version_of(template.components),
        send_url=reverse("chatrooms:template_messages", args=[slug, room.pk]),
        cost=cost,
        warning=warning,
        file_id=str(file.pk) if file else "",
        file_name=file.filename if file else "",
        seen_id=room.last_message_id or 0 if seen_id is None else seen_id,
        asks_again=asks_again,
    )


def variable_inputs(
    template: MessageTemplate, values: Mapping[str, str], errors: Mapping[str, str], *, takes_file: bool = False
) -> tuple[VariableInput, ...]:
    """Return an input for each variable; `values` and `errors` stand under their keys.

    `takes_file`: a file may be chosen for the header, instead of naming its address."""
    preview = preview_of(template.components, values)
    return tuple(
        VariableInput(
            name=f"{VALUE}{variable.key}",
            label=_label(variable, preview),
            value=values.get(variable.key, ""),
            example=variable.example,
            error=errors.get(variable.key, ""),
            accept=_ACCEPT[variable.name] if takes_file and variable.key == HEADER_FILE else "",
        )
        for variable in variables_of(template.components)
    )


def values_in(sent: Mapping[str, object]) -> dict[str, str]:
    """Return what a form says of the variables, by their keys."""
    return {
        name.removeprefix(VALUE): str(value).replace("\x00", "")
        for name, value in sent.items()
        if name.startswith(VALUE)
    }


def preview_with_file(preview: Mapping[str, Any], file: MediaFile, *, picture: str = "") -> dict[str, Any]:
    """Return a preview whose header is a file of ours; `picture` is its address where a page may show it."""
    return {**preview, "header": {**preview["header"], "media": "", "filename": file.filename, "picture": picture}}


def _label(variable: Variable, preview: Mapping[str, Any]) -> str:
    if variable.card is None:
        return _own_label(variable, preview)
    names = {"number": variable.card + 1, "variable": _own_label(variable, preview["cards"][variable.card])}
    return _("Card %(number)d: %(variable)s") % names


def _own_label(variable: Variable, part: Mapping[str, Any]) -> str:
    names = {
        "image": _("Address of the picture"),
        "video": _("Address of the video"),
        "document": _("Address of the document"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
        "name": _("Name of the place"),
        "address": _("Address of the place"),
    }
    match variable.place:
        case Place.MEDIA | Place.LOCATION:
            return names.get(variable.name, variable.name)
        case Place.PASSCODE:
            return _("Passcode")
        case Place.CODE:
            return _("Code to copy")
        case Place.URL:
            return _("End of the address of “%(button)s”") % {"button": part["buttons"][variable.index]["text"]}
        case Place.HEADER:
            return _("Header: %(name)s") % {"name": variable.name}
    if variable.name.isdecimal():
        return _("Text %(number)s") % {"number": variable.name}
    return variable.name.replace("_", " ")
