"""Temporary media: what an account uploads for three days, and what its followers sent."""

from __future__ import annotations

from inbox.devstack.simulator.accounts import OfficialAccount
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.faults import Fault
from inbox.devstack.simulator.forms import form_in
from inbox.devstack.simulator.http import Request, Response, json_response
from inbox.devstack.simulator.media import File, new_id
from inbox.devstack.simulator.pacing import before_file
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.sniffing import sniffed

from .errors import WeChatError

KB, MB = 1024, 1024 * 1024
KEPT_SECONDS = 3 * 86_400
# Type of media: endings of the name, types by the bytes, size, and the code for one that is larger. The vendor's page
# names two limits for images, of which this is the smaller.
RULES = {
    "image": (("jpg", "jpeg", "png", "gif"), ("image/jpeg", "image/png", "image/gif"), 2 * MB, 40009),
    "voice": (("mp3", "amr"), ("audio/mpeg", "audio/amr"), 2 * MB, 40010),
    "video": (("mp4",), ("video/mp4",), 10 * MB, 40011),
    "thumb": (("jpg", "jpeg"), ("image/jpeg",), 64 * KB, 40012),
}


async def store(sim: Simulator, request: Request, account: OfficialAccount) -> Response:
    """Take a file in."""
    fault = await before_file(sim, account.id)
    if fault is not None:
        return failure(fault)
    kind, part = request.query.get("type", ""), form_in(request).get("media")
    if kind not in RULES:
        raise WeChatError(40004)
    if part is None or not part.body:
        raise WeChatError(41005)
    endings, types, limit, too_large = RULES[kind]
    if part.filename.rpartition(".")[2].lower() not in endings or sniffed(part.body) not in types:
        raise WeChatError(40005)
    if len(part.body) > limit:
        raise WeChatError(too_large)
    kept = sim.media.put_upload(
        account.id, part, file_id=f"wx{new_id()}", kind=kind, kept_until=sim.now() + KEPT_SECONDS
    )
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return json_response({"type": kind, name: kept.id, "created_at": int(sim.now())})


async def hand_over(sim: Simulator, request: Request, account: OfficialAccount) -> Response:
    """Serve a file, or tell where a video is."""
    fault = await before_file(sim, account.id)
    if fault is not None:
        return failure(fault)
    file = find(sim, account, request.query.get("media_id", ""))
    if sim.faults.take("file_gone", account.id):
        raise WeChatError(40007)
    if file.mime_type.startswith("video/"):
        return json_response({"video_url": content_url(sim, account, file)})
    name = f'attachment; filename="{file.id}.{file.mime_type.partition("/")[2]}"'.encode()
    return Response(file.make(), content_type=file.mime_type.encode(), headers=[(b"content-disposition", name)])


def find(sim: Simulator, account: OfficialAccount, media_id: str, kind: str = "") -> File:
    """Return a file of the account, of this kind if one is named. Raises WeChatError."""
    file = sim.media.find(media_id, account.id, sim.now())
    if file is None or (kind and file.kind and file.kind != kind):
        raise WeChatError(40007)
    return file


def failure(fault: Fault) -> Response:
    """A named code comes with HTTP 200, as everything does; otherwise the server itself is broken."""
    if fault.code is not None and fault.http_status is None:
        raise WeChatError(fault.code)
    headers = [] if fault.retry_after is None else [(b"retry-after", str(fault.retry_after).encode())]
    return Response(b"<html>Bad gateway</html>", fault.http_status or 500, b"text/html", headers)
