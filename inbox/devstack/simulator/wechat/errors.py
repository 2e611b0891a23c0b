"""WeChat's error codes. The HTTP status is 200 whatever happens."""

from __future__ import annotations

import secrets

from inbox.devstack.simulator.http import Response, json_response

WORDS: dict[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40010: "invalid voice size",
    40011: "invalid video size",
    40012: "invalid thumb size",
    40013: "invalid appid",
    40125: "invalid appsecret",
    40164: "invalid ip 127.0.0.1, not in whitelist",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45002: "content size out of limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45080: "client is not in a conversation with this account",
    47001: "data format error",
    48001: "api unauthorized",
}


class WeChatError(Exception):
    """A refusal in the vendor's shape."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def response(self) -> Response:
        words = WORDS.get(self.code, "error")
        return json_response({"errcode": self.code, "errmsg": f"{words} rid: {secrets.token_hex(12)}"})


def done() -> Response:
    return json_response({"errcode": 0, "errmsg": "ok"})
