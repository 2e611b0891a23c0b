"""Message templates of a business account: the calls that manage them, their answers, and the webhooks about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels_adapters.errors import Remedy, SendError
from channels_adapters.meta.answers import Refusal
from channels_adapters.meta.graph import redacted
from channels_adapters.reading import MAX_IDENTIFIER, Unreadable, decode, identifier_of, list_of, object_of, text_of
from channels_adapters.types import (
    HttpRequest,
    HttpResponse,
    MediaUpload,
    TemplateDraft,
    TemplateNews,
    TemplatePage,
    VendorTemplate,
)

from . import samples
from .answers import check
from .calling import delete, get, post, usable
from .errors import send_error
from .refusing import refusal

_FIELDS = "id,name,language,status,category,components,parameter_format,quality_score,rejected_reason"
_PAGE = "100"
_LONGEST_NAME = 512
_LONGEST_REASON = 300

# Events that are no statuses. The others are: what is unknown cannot be sent, and the list tells soon what is right.
_EVENTS = {"REINSTATED": "APPROVED", "UNPAUSED": "APPROVED", "FLAGGED": "", "UNLOCKED": "", "UNARCHIVED": ""}


class WhatsAppTemplates:
    """Fulfils `base.TemplateCalls`."""

    def list_request(self, credentials: Mapping[str, str], after: str = "") -> HttpRequest:
        query = {"fields": _FIELDS, "limit": _PAGE, **({"after": after} if after else {})}
        return get(credentials, usable(credentials, "waba_id"), "message_templates", **query)

    def page_of(self, response: HttpResponse) -> TemplatePage:
        answer = check(response)
        found = (_template(object_of(item)) for item in list_of(answer.get("data")))
        paging = object_of(answer.get("paging"))
        after = text_of(object_of(paging.get("cursors")).get("after")) if paging.get("next") else ""
        return TemplatePage(tuple(template for template in found if template is not None), after)

    def create_request(self, draft: TemplateDraft, credentials: Mapping[str, str]) -> HttpRequest:
        payload = {
            "name": draft.name,
            "language": draft.language,
            "category": draft.category,
            "parameter_format": draft.parameter_format.lower(),
            "components": list(draft.components),
        }
        return post(credentials, usable(credentials, "waba_id"), "message_templates", payload=payload)

    def edit_request(self, external_id: str, draft: TemplateDraft, credentials: Mapping[str, str]) -> HttpRequest:
        payload = {"category": draft.category, "components": list(draft.components)}
        return post(credentials, _known(external_id), payload=payload)

    def delete_request(self, external_id: str, name: str, credentials: Mapping[str, str]) -> HttpRequest:
        query = {"hsm_id": _known(external_id), "name": name}
        return delete(credentials, usable(credentials, "waba_id"), "message_templates", **query)

    def check(self, response: HttpResponse) -> VendorTemplate:
        try:
            answer = check(response)
        except SendError as error:
            raise _explained(error, response) from error
        return _vendor_template(answer)

    def sample_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        return samples.sample_request(upload, credentials)

    def sample_step(
        self, response: HttpResponse, upload: MediaUpload, credentials: Mapping[str, str]
    ) -> HttpRequest | str:
        return samples.sample_step(response, upload, credentials)


def read_news(topic: str, value: Mapping[str, Any]) -> TemplateNews | None:
    """Return what a webhook tells about a template, None for one that is about none."""
    reader = _READERS.get(topic)
    name, language = text_of(value.get("message_template_name")), language_of(value.get("message_template_language"))
    if reader is None or not 0 < len(name) <= _LONGEST_NAME or not language:
        return None
    return TemplateNews(identifier_of(value.get("message_template_id")), name, language, reader(value))


def language_of(value: Any) -> str:
    """Return the code as the API spells it: some webhooks write en-US for en_US."""
    return identifier_of(value).replace("-", "_")


def _status_changes(value: Mapping[str, Any]) -> dict[str, str]:
    event = identifier_of(value.get("event")).upper()
    status = _EVENTS.get(event, event)
    if not status:
        return {}
    reason = text_of(object_of(value.get("rejection_info")).get("reason")) or _reason(value.get("reason"))
    other = identifier_of(object_of(value.get("other_info")).get("title"))
    # What an approval says besides (UNPAUSE) is no reason against it.
    why = "" if status == "APPROVED" else (reason or other)[:_LONGEST_REASON]
    category = identifier_of(value.get("message_template_category")).upper()
    return {"status": status, "rejection_reason": why, **({"category": category} if category else {})}


def _category_changes(value: Mapping[str, Any]) -> dict[str, str]:
    # In the advance notice new_category is the present one, and correct_category what it will be.
    present = identifier_of(value.get("new_category")).upper()
    announced = identifier_of(value.get("correct_category")).upper()
    return {**({"category": present} if present else {}), "next_category": announced}


def _quality_changes(value: Mapping[str, Any]) -> dict[str, str]:
    score = identifier_of(value.get("new_quality_score")).upper()
    return {"quality": score} if score else {}


def _no_changes(value: Mapping[str, Any]) -> dict[str, str]:
    return {}  # the texts come in a form of their own here: the list has them whole


_READERS = {
    "message_template_status_update": _status_changes,
    "template_category_update": _category_changes,
    "message_template_quality_update": _quality_changes,
    "message_template_components_update": _no_changes,
}


def _template(item: Mapping[str, Any]) -> VendorTemplate | None:
    """Return a listed template, None for what has no name or language: nobody could send it."""
    template = _vendor_template(item)
    return template if template.name and template.language else None


def _vendor_template(item: Mapping[str, Any]) -> VendorTemplate:
    name = text_of(item.get("name"))
    return VendorTemplate(
        external_id=identifier_of(item.get("id")),
        name=name if len(name) <= _LONGEST_NAME else "",
        language=language_of(item.get("language")),
        status=identifier_of(item.get("status")).upper(),
        category=identifier_of(item.get("category")).upper(),
        quality=identifier_of(object_of(item.get("quality_score")).get("score")).upper(),
        rejection_reason=_reason(item.get("rejected_reason")),
        parameter_format=identifier_of(item.get("parameter_format")).upper() or "POSITIONAL",
        components=tuple(part for part in list_of(item.get("components")) if isinstance(part, dict)),
    )


def _reason(value: Any) -> str:
    reason = text_of(value)[:_LONGEST_REASON]
    return "" if reason.upper() == "NONE" else reason


def _known(external_id: str) -> str:
    if not external_id or len(external_id) > MAX_IDENTIFIER:
        raise refusal("no_template", "WhatsApp has not told the id of this template yet.")
    return external_id


def _explained(error: SendError, response: HttpResponse) -> SendError:
    """Return the refusal of a template with its real code, which is the subcode, and the words meant for its author."""
    try:
        told = object_of(object_of(decode(response.body)).get("error"))
    except Unreadable:
        return error
    subcode, words = identifier_of(told.get("error_subcode")), redacted(text_of(told.get("error_user_msg")))
    if error.remedy is not Remedy.GIVE_UP or not (subcode.startswith("2388") or words):
        return error
    known = send_error(Refusal(subcode if subcode.startswith("2388") else error.code, status=response.status))
    return SendError(known.code, remedy=Remedy.GIVE_UP, public_text=known.public_text, detail=words or error.detail)
