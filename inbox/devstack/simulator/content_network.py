"""The vendors' content network: files at addresses that run out, WhatsApp's only with the account's token."""

from __future__ import annotations

from urllib.parse import quote

from .accounts import Account, Number
from .http import Request, Response
from .media import File
from .meta import is_token_of, token_in
from .pacing import before_file
from .simulator import Simulator

WHATSAPP_SECONDS = 300
SECONDS = 3 * 86_400


def content_url(sim: Simulator, account: Account, file: File) -> str:
    """Return an address for the business, which runs out as those of the account's vendor do."""
    seconds = WHATSAPP_SECONDS if isinstance(account, Number) else SECONDS
    return f"{sim.base_url}/media/content/{quote(file.id, safe='')}?expires={int(sim.now()) + seconds}"


async def answer(sim: Simulator, request: Request, file_id: str) -> Response:
    """Serve a file to the business."""
    file = sim.media.get(file_id)
    if file is None:
        return _page(404, "Not Found")
    account = sim.world.accounts.get(file.account_id)
    failure = await before_file(sim, file.account_id)
    if failure is not None:
        return _page(failure.http_status or 500, "Sorry, something went wrong.")
    if isinstance(account, Number) and not is_token_of(account, token_in(request)):
        return _page(401, "Unauthorized")
    if sim.faults.take("file_gone", file.account_id):
        return _page(404, "Not Found")
    until = request.query.get("expires", "")
    if sim.faults.take("file_expired", file.account_id) or not until.isdecimal() or int(until[:15]) <= sim.now():
        return _page(404, "Not Found") if isinstance(account, Number) else _page(403, "URL signature expired")
    headers = [(b"content-disposition", f"attachment; filename*=UTF-8''{quote(file.filename)}".encode())]
    return Response(file.make(), 200, file.mime_type.encode("latin-1", "replace"), headers if file.filename else [])


def _page(status: int, words: str) -> Response:
    return Response(words.encode(), status, b"text/plain")
