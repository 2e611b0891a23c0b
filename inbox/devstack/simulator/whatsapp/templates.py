"""The template endpoints of a business account, and the decisions of the vendor's review with their webhooks."""

from __future__ import annotations

import json
import secrets

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.http import JsonObject, Refused, Request, Response, json_response
from inbox.devstack.simulator.meta import GraphError, asked_fields, invalid, json_in
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.templates import Complaint, Template, complaint_about, finished
from inbox.devstack.simulator.updates import Update

DEFAULTS = ("name", "status", "category", "language", "components", "parameter_format")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
EXISTS = Complaint(2388024, "Content in this language already exists", "There is already content for this template.")
MOST_TEMPLATES = 6_000


def answer_list(sim: Simulator, request: Request, waba_id: str) -> Response:
    """List templates, by page."""
    found = sorted(sim.world.templates_of(waba_id), key=lambda template: (template.name, template.language))
    for name in ("name", "status"):
        if wanted := request.query.get(name):
            found = [template for template in found if getattr(template, name) == wanted]
    start, limit = _number(request, "after", 0), min(_number(request, "limit", 25), 1_000)
    page = found[start : start + limit]
    answer: JsonObject = {
        "data": [asked_fields(request, template.to_json(), DEFAULTS, "WhatsAppMessageTemplate") for template in page]
    }
    after = start + len(page)
    if page:
        answer["paging"] = {"cursors": {"before": str(start), "after": str(after)}}
        if after < len(found):
            answer["paging"]["next"] = f"{sim.base_url}/{waba_id}/message_templates?after={after}"
    return json_response(answer)


def answer_create(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Take a template in for review."""
    body = json_in(request)
    name, language, category = (str(body.get(key) or "") for key in ("name", "language", "category"))
    if not language:
        raise invalid("The parameter language is required.")
    if category not in CATEGORIES:
        raise invalid(f"Param category must be one of {{{', '.join(CATEGORIES)}}}.")
    if len(sim.world.templates_of(waba_id)) >= MOST_TEMPLATES:
        raise _refused(Complaint(2388019, "Limit", "The number of message templates has reached its limit."))
    if sim.world.template(waba_id, name, language) is not None:
        raise _refused(EXISTS)
    components = finished(body.get("components"), category)
    if complaint := complaint_about(name, components):
        raise _refused(complaint)
    template = Template(
        id=str(secrets.randbelow(9 * 10**14) + 10**14),
        waba_id=waba_id,
        name=name,
        language=language,
        category=category,
        components=components,
        parameter_format=str(body.get("parameter_format") or "positional").upper(),
    )
    sim.world.templates[template.id] = template
    sim.storage.touch()
    return json_response({"id": template.id, "status": template.status, "category": template.category})


def answer_edit(sim: Simulator, request: Request, template: Template) -> Response:
    """Take other texts in for review."""
    body = json_in(request)
    components = finished(body.get("components", template.components), template.category)
    if complaint := complaint_about(template.name, components):
        raise _refused(complaint)
    template.components = components
    template.category = str(body.get("category") or template.category)
    template.status = "PENDING"
    sim.storage.touch()
    return json_response({"success": True, "id": template.id, "category": template.category})


def answer_delete(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Delete a template in all its languages, or with `hsm_id` in one."""
    name, only = request.query.get("name", ""), request.query.get("hsm_id", "")
    if not name:
        raise invalid("The parameter name is required.")
    found = [template for template in sim.world.templates_of(waba_id) if template.name == name]
    found = [template for template in found if only in ("", template.id)]
    if not found:
        raise _refused(Complaint(2593002, "Message template not found", "The template was not found."))
    for template in found:
        del sim.world.templates[template.id]
    sim.storage.touch()
    return json_response({"success": True})


# --- the review -----------------------------------------------------------------------------------


def put(sim: Simulator, waba_id: str, document: JsonObject) -> Template:
    """Put a template there, approved unless `status` says otherwise, without a review."""
    name, language = str(document.get("name", "")), str(document.get("language", ""))
    complaint = complaint_about(name, document.get("components"))
    if complaint or not language:
        raise Refused(complaint.words if complaint else "A template needs a language.")
    known = sim.world.template(waba_id, name, language)
    template = Template(
        id=known.id if known else str(secrets.randbelow(9 * 10**14) + 10**14),
        waba_id=waba_id,
        name=name,
        language=language,
        category=str(document.get("category", "UTILITY")),
        components=document["components"],
        parameter_format=str(document.get("parameter_format", "POSITIONAL")).upper(),
        status=str(document.get("status", "APPROVED")),
        quality=str(document.get("quality", "GREEN")),
    )
    sim.world.templates[template.id] = template
    sim.storage.touch()
    return template


def decide(sim: Simulator, template: Template, document: JsonObject) -> Update | None:
    """Change `status` (with `reason`, `title`), `quality`, `category` or `next_category`; return the webhook to post."""
    about: JsonObject = {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }
    if status := str(document.get("status", "")):
        template.status, template.rejected_reason = status, str(document.get("reason", "NONE"))
        value = about | {"event": status, "reason": template.rejected_reason}
        if title := document.get("title"):
            value["other_info"] = {"title": str(title), "description": str(document.get("description", ""))}
        topic = "message_template_status_update"
    elif quality := str(document.get("quality", "")):
        value = about | {"previous_quality_score": template.quality, "new_quality_score": quality}
        template.quality, topic = quality, "message_template_quality_update"
    elif category := str(document.get("category", "")):
        value = about | {"previous_category": template.category, "new_category": category}
        template.category, topic = category, "template_category_update"
    elif announced := str(document.get("next_category", "")):
        value = about | {
            "new_category": template.category,
            "correct_category": announced,
            "category_update_timestamp": int(sim.now()) + 86_400,
        }
        topic = "template_category_update"
    else:
        raise Refused("Say what changes: status, quality, category or next_category.")
    sim.storage.touch()
    number = _any_number(sim, template.waba_id)
    return Update(number.id, value, "raw", topic, topic=topic) if number else None


def _any_number(sim: Simulator, waba_id: str) -> Number | None:
    """Return the number whose address gets the news: an app has one for all numbers of an account."""
    numbers = sim.world.numbers_of(waba_id)
    return next((number for number in numbers if number.webhook_url), numbers[0] if numbers else None)


def _refused(complaint: Complaint) -> GraphError:
    data = {"error_user_title": complaint.title, "error_user_msg": complaint.words}
    return TemplateError(100, "Invalid parameter", subcode=complaint.subcode, data=data)


class TemplateError(GraphError):
    """A refusal whose words for the author stand beside the code, not in `error_data`."""

    def response(self) -> Response:
        told, self.data = self.data or {}, None
        answer = super().response()
        document = json.loads(answer.body)
        document["error"] |= told
        return json_response(document, self.status)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default
