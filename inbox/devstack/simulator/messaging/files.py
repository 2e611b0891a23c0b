"""The Attachment Upload API: files that may be sent any number of times."""

from __future__ import annotations

import json
from typing import Any

from inbox.devstack.simulator.accounts import InstagramAccount, MetaAccount
from inbox.devstack.simulator.forms import Part, form_in
from inbox.devstack.simulator.http import JsonObject, Request, Response, json_response
from inbox.devstack.simulator.instagram.rules import RULES as INSTAGRAM
from inbox.devstack.simulator.messenger.rules import RULES as MESSENGER
from inbox.devstack.simulator.meta import invalid
from inbox.devstack.simulator.pacing import before_file
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.sniffing import sniffed

from .errors import TROUBLE, refusal

MB = 1024 * 1024
KEPT_SECONDS = 90 * 86_400
TOO_LARGE, UNREADABLE = 2018007, 2018047


async def store(sim: Simulator, request: Request, accounts: list[MetaAccount]) -> Response:
    """Take a file in, for the page or for the Instagram account that `platform` asks for."""
    form = form_in(request)
    account = _meant(accounts, form)
    fault = await before_file(sim, account.id)
    if fault is not None:
        raise refusal(TROUBLE if fault.code is None else fault.code, status=fault.http_status or 500)
    kind, part = _type_in(form), form.get("filedata")
    if part is None or not part.body:
        raise invalid("The simulator takes uploads as multipart/form-data with filedata.")
    types = (INSTAGRAM if isinstance(account, InstagramAccount) else MESSENGER).files[kind]
    if len(part.body) > (8 if kind == "image" else 25) * MB:
        raise refusal(100, "Attachment size exceeds allowable limit", subcode=TOO_LARGE)
    if types and sniffed(part.body) not in types:
        raise refusal(100, "Upload attachment failure.", subcode=UNREADABLE)
    file = sim.media.put_upload(account.id, part, kind=kind, kept_until=sim.now() + KEPT_SECONDS)
    return json_response({"attachment_id": file.id})


def _meant(accounts: list[MetaAccount], form: dict[str, Part]) -> MetaAccount:
    wants = "platform" in form and form["platform"].text == "instagram"
    return next((account for account in accounts if isinstance(account, InstagramAccount) == wants), accounts[0])


def _type_in(form: dict[str, Part]) -> str:
    """Return the type of attachment that `message` announces."""
    try:
        message: Any = json.loads(form["message"].body) if "message" in form else None
    except ValueError:
        message = None
    attachment = message.get("attachment") if isinstance(message, dict) else None
    if not isinstance(attachment, dict) or attachment.get("type") not in MESSENGER.files:
        raise invalid("Param message[attachment][type] must be one of {audio, file, image, video}")
    payload: JsonObject = attachment["payload"] if isinstance(attachment.get("payload"), dict) else {}
    if payload.get("is_reusable") not in (True, "true"):
        raise invalid("The parameter message[attachment][payload][is_reusable] must be true.")
    return str(attachment["type"])
