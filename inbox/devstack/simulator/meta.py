"""What Meta's webhooks, identifiers, errors and tokens have in common, whatever the product."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from .accounts import MetaAccount
from .http import JsonObject, Refused, Request, Response, json_response, to_json


def sign(body: bytes, secret: str) -> str:
    """Return the value of X-Hub-Signature-256 for exactly these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def vendor_bytes(document: JsonObject) -> bytes:
    """Write JSON as Meta does: ASCII, lower-case escapes, and every slash escaped."""
    return to_json(document).replace(b"/", b"\\/")


def trace_id() -> str:
    return "A" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")


# --- errors ---------------------------------------------------------------------------------------


@dataclass
class GraphError(Exception):
    """A refusal in the vendor's shape. `data` stands beside the code, as `error_data` does for WhatsApp."""

    code: int
    message: str
    status: int = 400
    subcode: int | None = None
    type: str = "OAuthException"
    data: JsonObject | None = None
    transient: bool = False
    retry_after: int | None = None

    def response(self) -> Response:
        error: JsonObject = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.data:
            error["error_data"] = self.data
        if self.transient:
            error["is_transient"] = True
        error["fbtrace_id"] = trace_id()
        headers = [] if self.retry_after is None else [(b"retry-after", str(self.retry_after).encode())]
        return json_response({"error": error}, self.status, headers)


def unknown_object(request: Request, object_id: str) -> GraphError:
    verb = request.method.lower()
    return GraphError(
        100,
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing"
        " permissions, or does not support this operation. Please read the Graph API documentation at"
        " https://developers.facebook.com/docs/graph-api",
        subcode=33,
        type="GraphMethodException",
    )


def expired_token() -> GraphError:
    return GraphError(190, "Error validating access token: Session has expired.", 401, subcode=463)


def unreadable_token() -> GraphError:
    return GraphError(190, "Invalid OAuth access token - Cannot parse access token", 401)


def invalid(message: str) -> GraphError:
    return GraphError(100, f"(#100) {message}")


# --- requests -------------------------------------------------------------------------------------


def token_in(request: Request) -> str:
    """Return the access token of a request: the header's, or the address's."""
    scheme, _, token = request.header(b"authorization").partition(" ")
    if scheme.lower() not in ("bearer", "oauth"):
        token = request.query.get("access_token", "")
    return token.strip()


def is_token_of(account: MetaAccount, token: str) -> bool:
    given = token.encode()
    return any(hmac.compare_digest(given, known.encode()) for known in (account.access_token, *account.earlier_tokens))


def check_token(request: Request, accounts: Iterable[MetaAccount], now: float) -> None:
    """Raises GraphError unless the request carries a token of one of the accounts that still lives."""
    token = token_in(request)
    account = next((account for account in accounts if is_token_of(account, token)), None)
    if account is None:
        raise unreadable_token()
    if account.token_expires_at and now >= account.token_expires_at:
        raise expired_token()


def asked_fields(request: Request, known: JsonObject, defaults: Iterable[str], node: str) -> JsonObject:
    """Return the fields that a request names, or the usual ones. Raises GraphError for one that does not exist."""
    asked = [name.strip() for name in request.query.get("fields", "").split(",") if name.strip()]
    for name in asked:
        if name not in known:
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type ({node})")
    return {name: known[name] for name in asked or defaults} | {"id": known["id"]}


def json_in(request: Request) -> JsonObject:
    try:
        return request.json()
    except Refused:
        raise invalid("The request body is not a JSON object.") from None
