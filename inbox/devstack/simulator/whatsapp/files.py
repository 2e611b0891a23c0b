"""Files of a number: taken by the type they are declared to be, and looked into only when they are sent."""

from __future__ import annotations

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.forms import form_in
from inbox.devstack.simulator.http import JsonObject, Request, Response, json_response
from inbox.devstack.simulator.media import File, Session
from inbox.devstack.simulator.meta import GraphError, invalid, unknown_object
from inbox.devstack.simulator.pacing import before_file
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.sniffing import fits, has_h264, is_animated, opus_channels

from .errors import refusal

KB, MB = 1024, 1024 * 1024
KEPT_SECONDS = 30 * 86_400
SAMPLE_TYPES = ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4")
OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "sticker": ("image/webp",),
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus"),
    "document": (
        *("application/pdf", "text/plain", "application/msword", "application/vnd.ms-excel"),
        *("application/vnd.ms-powerpoint", f"{OFFICE}wordprocessingml.document"),
        *(f"{OFFICE}spreadsheetml.sheet", f"{OFFICE}presentationml.presentation"),
    ),
}
ALL_TYPES = tuple(mime_type for types in TYPES.values() for mime_type in types)
LIMITS = {"sticker": 500 * KB, "image": 5 * MB, "video": 16 * MB, "audio": 16 * MB, "document": 100 * MB}


async def store(sim: Simulator, request: Request, number: Number) -> Response:
    """Take a file in."""
    fault = await before_file(sim, number.id)
    if fault is not None:
        raise refusal(131000 if fault.code is None else fault.code, status=fault.http_status or 500)
    form = form_in(request)
    if "messaging_product" not in form or form["messaging_product"].text != "whatsapp":
        raise refusal(100, "(#100) The parameter messaging_product is required.")
    part = form.get("file")
    if part is None or not part.body:
        raise invalid("The parameter file is required.")
    if part.mime_type not in ALL_TYPES:
        known = ", ".join(ALL_TYPES)
        given = part.mime_type or "application/octet-stream"
        raise invalid(
            f"Param file must be a file with one of the following types: {known}. Received file of type '{given}'."
        )
    limit = LIMITS[next(kind for kind, types in TYPES.items() if part.mime_type in types)]
    if len(part.body) > limit:
        raise invalid(f"Param file is too large: {len(part.body)} bytes, where {limit} are allowed.")
    file = sim.media.put_upload(number.id, part, kept_until=sim.now() + KEPT_SECONDS)
    return json_response({"id": file.id})


def describe(sim: Simulator, request: Request, number: Number, file: File) -> JsonObject:
    """Tell where a file is."""
    if sim.faults.take("file_gone", number.id) or sim.media.find(file.id, number.id, sim.now()) is None:
        raise unknown_object(request, file.id)
    return {
        "messaging_product": "whatsapp",
        "url": content_url(sim, number, file),
        "mime_type": file.mime_type,
        "file_size": len(file.make()),
        "id": file.id,
    }


def is_deliverable(file: File, kind: str, *, voice: bool) -> bool:
    """Say whether a file can be delivered in a message of this kind: the vendor finds out once the message is taken."""
    body = file.make()
    if file.mime_type not in (ALL_TYPES if kind == "document" else TYPES[kind]) or not fits(file.mime_type, body):
        return False
    if kind == "sticker":
        return len(body) <= (500 if is_animated(body) else 100) * KB
    if kind == "video":
        return has_h264(body)
    spoken = file.mime_type in ("audio/ogg", "audio/opus")
    return opus_channels(body) == 1 if spoken else not voice


# --- samples for templates ------------------------------------------------------------------------


def open_session(sim: Simulator, request: Request) -> Response:
    """Open the upload of a sample."""
    length, kind = request.query.get("file_length", ""), request.query.get("file_type", "")
    if not length.isdecimal() or not 0 < int(length[:12]) <= LIMITS["document"]:
        raise invalid("Param file_length must be the size of the file in bytes.")
    if kind not in SAMPLE_TYPES:
        raise invalid(f'Param file_type must be one of {{{", ".join(SAMPLE_TYPES)}}} - got "{kind}".')
    name = sim.media.open_session(Session(int(length[:12]), kind))
    return json_response({"id": f"{name}?sig=ARa{name[-8:]}"})


def take_sample(sim: Simulator, request: Request, name: str) -> Response:
    """Take the whole file of a session and name its handle."""
    session = sim.media.sessions.get(name)
    if session is None or request.query.get("sig") != f"ARa{name[-8:]}":
        raise unknown_object(request, name)
    if not request.header(b"authorization").startswith("OAuth "):
        raise GraphError(190, "An access token is required to request this resource.", 401)
    if request.header(b"file_offset") not in ("0", ""):  # Daphne hides headers with an underscore
        raise invalid("The simulator takes a file in one piece, from offset 0.")
    if len(request.body) != session.size or not fits(session.mime_type, request.body):
        raise invalid("The file is not the one that was announced.")
    del sim.media.sessions[name]
    return json_response({"h": f"4::{name.removeprefix('upload:')}:{session.mime_type}"})
