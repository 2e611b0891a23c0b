"""How the answers of WeChat are read: HTTP 200 says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.types import (
    Finding,
    HttpResponse,
    Identity,
    IdentityKind,
    Profile,
    SendResult,
    Token,
    VendorError,
)
from channels_adapters.wechat.adapter import WeChatAdapter
from channels_adapters.wechat.errors import VERDICTS

from .wechat_account import ACCESS_TOKEN, ACCOUNT, APP_SECRET, CREDENTIALS, OPENID, ORIGINAL_ID, keyed

ADAPTER = WeChatAdapter()
VENDOR_FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "wechat"


def answered(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return HttpResponse(status, names, body if isinstance(body, bytes) else json.dumps(body).encode())


def refused(response: HttpResponse) -> SendError:
    with pytest.raises(SendError) as caught:
        ADAPTER.result_of(response)
    return caught.value


def test_other_answers_are_returned_as_they_are() -> None:
    assert ADAPTER.check(answered({"errcode": 0, "errmsg": "ok"})) == {"errcode": 0, "errmsg": "ok"}
    assert ADAPTER.check(answered({"ip_list": []})) == {"ip_list": []}


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"errcode": 0, "errmsg": "ok"}, {"errcode": "0"}, {"errcode": 0, "msgid": 77}])
def test_an_accepted_message_has_no_id(fields: dict[str, Any]) -> None:
    assert ADAPTER.result_of(answered(fields)) == SendResult("")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"ok", b"0", b'{"errcode":null}', b'{"errcode":"x"}', b'{"errcode":0.5}']
)
def test_an_answer_that_tells_nothing_is_never_taken_for_success(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        ADAPTER.result_of(answered(body))


def test_a_server_error_is_unknown_whatever_its_body_says() -> None:
    for body in ({"errcode": 0}, {"errcode": 45015}, b"<html>"):
        with pytest.raises(OutcomeUnknown):
            ADAPTER.result_of(answered(body, 502))


# Every row of the vendor's table.
ROWS = {
    Remedy.RETRY: ["-1", "40007", "45009", "45011"],
    Remedy.OPERATOR: [
        *("40001", "40013", "40014", "40125", "40164", "42001"),
        *("41001", "41002", "41003", "41004", "41005", "41006"),
        *("48001", "48004", "50002"),
    ],
    Remedy.GIVE_UP: [
        *("40003", "40004", "40005", "40006", "40008", "40009", "40010", "40011", "40012"),
        *("40033", "43004", "43019", "43101", "44002", "44003", "44004", "45002", "45015", "45047"),
        *("45065", "45066", "45067", "45080", "45081", "45162", "47001", "48002", "50005"),
    ],
}


@pytest.mark.parametrize(("code", "remedy"), [(code, remedy) for remedy, codes in ROWS.items() for code in codes])
def test_http_200_with_a_code_is_a_refusal(code: str, remedy: Remedy) -> None:
    error = refused(answered({"errcode": int(code), "errmsg": "refused"}))
    assert (error.code, error.remedy) == (code, remedy)
    assert error.stale_token is (code in {"40001", "40014", "42001"})
    assert error.closes_window is (code in {"45015", "45047"})


def test_the_rows_are_all_there() -> None:
    assert {code for codes in ROWS.values() for code in codes} == set(VERDICTS)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (45015, "they must write first"),
        (45047, "5 messages"),
        (43004, "does not follow"),
        (48001, "verified"),
        (40005, "did not accept the file"),
        (40007, "stored there again"),
        (45002, "too long"),
    ],
)
def test_agents_read_what_happened(code: int, words: str) -> None:
    assert words in refused(answered({"errcode": code, "errmsg": "x"})).public_text


def test_an_unknown_code_is_final_for_the_message_alone() -> None:
    error = refused(answered({"errcode": "61234", "errmsg": "new"}))
    assert (error.code, error.remedy, error.public_text) == ("61234", Remedy.GIVE_UP, "WeChat refused the message.")


def test_the_hint_for_the_vendors_support_is_kept_and_secrets_are_not() -> None:
    words = f"invalid credential {ACCESS_TOKEN} of {APP_SECRET} hint: [Xy12Ab0385vr21] rid: 6650a1b2-0f3c2d1e-4b5a6978"
    error = refused(answered({"errcode": 40001, "errmsg": words}))
    assert (
        error.detail
        == "invalid credential [redacted] of [redacted] hint: [Xy12Ab0385vr21] rid: 6650a1b2-0f3c2d1e-4b5a6978"
    )
    assert ADAPTER.explain(VendorError("40001", "refused", ACCESS_TOKEN)).detail == "refused [redacted]"


@pytest.mark.parametrize(
    ("errmsg", "address"),
    [
        ("invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 6650a1b2-0f3c", "203.0.113.7"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("not in whitelist", "its address"),
        ("invalid ip 999.999.999.999", "its address"),
    ],
)
def test_a_server_that_is_not_on_the_whitelist_is_named(errmsg: str, address: str) -> None:
    error = refused(answered({"errcode": 40164, "errmsg": errmsg}))
    assert error.remedy is Remedy.OPERATOR
    assert f"must add {address} to the" in error.public_text


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (302, Remedy.OPERATOR),
        (400, Remedy.GIVE_UP),
        (401, Remedy.OPERATOR),
        (403, Remedy.OPERATOR),
        (404, Remedy.OPERATOR),
        (408, Remedy.RETRY),
        (413, Remedy.GIVE_UP),
        (429, Remedy.RETRY),
    ],
)
def test_a_refusal_below_the_api_is_judged_by_its_status(status: int, remedy: Remedy) -> None:
    error = refused(answered(b"<html>", status))
    assert (error.code, error.remedy) == (f"http_{status}", remedy)


def test_the_vendors_code_counts_more_than_the_status() -> None:
    assert refused(answered({"errcode": 45047, "errmsg": "x"}, 400)).code == "45047"


# --- profiles and tokens --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "profile"),
    [
        ({"subscribe": 1, "openid": OPENID, "language": "zh_CN", "remark": ""}, Profile()),
        ({"subscribe": 1, "nickname": "", "remark": "Ada of the shop"}, Profile("Ada of the shop")),
        (
            {"nickname": "Ada", "remark": "A", "headimgurl": "https://p.example/7"},
            Profile("Ada", "https://p.example/7"),
        ),
        ({"nickname": "Ada", "headimgurl": "javascript:alert(1)"}, Profile("Ada")),
        ({"subscribe": 0, "openid": OPENID}, Profile()),
        (
            {"subscribe": 0, "openid": OPENID, "unionid": "union-of-Ada"},
            Profile(identities=(Identity(IdentityKind.UNIONID, "union-of-Ada"),)),
        ),
        ({"nickname": 7, "headimgurl": None, "unionid": []}, Profile("7")),
    ],
)
def test_a_profile_holds_what_the_vendor_still_tells(fields: dict[str, Any], profile: Profile) -> None:
    assert ADAPTER.profile_of(answered(fields)) == profile


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"expires_in": 7200}, 7200),
        ({"expires_in": "300"}, 300),
        ({"expires_in": 0}, 7200),
        ({}, 7200),
        ({"errcode": 0, "errmsg": "ok", "expires_in": 60}, 60),
    ],
)
def test_a_token_lives_as_long_as_the_vendor_says(fields: dict[str, Any], seconds: float) -> None:
    assert ADAPTER.token_of(answered({"access_token": ACCESS_TOKEN, **fields})) == Token(ACCESS_TOKEN, seconds)


@pytest.mark.parametrize("code", ["40001", "40013", "40125", "40164", "41002", "41004", "89503"])
def test_a_refused_token_is_a_matter_for_the_operator(code: str) -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.token_of(answered({"errcode": int(code), "errmsg": "refused"}))
    assert (caught.value.code, caught.value.remedy) == (code, Remedy.OPERATOR)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"access_token":""}', b'{"access_token":null}', b"<html>"])
def test_an_answer_without_a_token_says_nothing(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        ADAPTER.token_of(answered(body))


# --- health ---------------------------------------------------------------------------------------


def findings(answers: dict[str, Any]) -> dict[str, Finding]:
    checks = ADAPTER.health_checks(CREDENTIALS, keyed())
    assert [check.code for check in checks] == ["credentials", "account", "scopes"]
    return {check.code: check.read(answered(answers[check.code])) for check in checks}


def test_a_healthy_connection_passes_every_check() -> None:
    found = findings(
        {
            "credentials": {"access_token": ACCESS_TOKEN, "expires_in": 7200},
            "account": {"ip_list": ["203.0.113.9"]},
            "scopes": {"kf_list": []},
        }
    )
    assert all(finding.ok for finding in found.values())
    assert ACCESS_TOKEN not in repr(found)


def test_failing_checks_say_what_to_do() -> None:
    found = findings(
        {
            "credentials": {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7, not in whitelist"},
            "account": {"errcode": 61234, "errmsg": "new"},
            "scopes": {"errcode": 48001, "errmsg": "api unauthorized"},
        }
    )
    assert not any(finding.ok for finding in found.values())
    assert "203.0.113.7" in found["credentials"].words
    assert "IP whitelist" in found["credentials"].advice
    assert "61234" in found["account"].advice
    assert "verified" in found["scopes"].advice


def test_a_check_never_speaks_of_a_message() -> None:
    for check in ADAPTER.health_checks(CREDENTIALS, keyed()):
        for response in (answered(b"<html>", 400), answered({"errcode": 40033, "errmsg": "x"})):
            finding = check.read(response)
            assert not finding.ok
            assert "message" not in finding.words


def test_without_a_token_only_its_fetching_is_checked() -> None:
    [check] = ADAPTER.health_checks(ACCOUNT, keyed())
    assert check.code == "credentials"
    assert check.request.url == "https://api.weixin.qq.com/cgi-bin/stable_token"


def test_the_probe_is_encrypted_where_a_key_is_configured() -> None:
    encrypted = ADAPTER.probe(CREDENTIALS, keyed())
    assert b"<Encrypt>" in encrypted.body
    assert encrypted.query["encrypt_type"] == "aes"
    plain = ADAPTER.probe(CREDENTIALS, {"token": "t"})
    assert plain.body == f"<xml><ToUserName><![CDATA[{ORIGINAL_ID}]]></ToUserName></xml>".encode()
    for probe, secrets in ((encrypted, keyed(encryption="secure")), (plain, {"token": "t"})):
        ADAPTER.verify(probe, secrets)
        assert ADAPTER.parse(probe.body, secrets) == []


def test_a_probe_without_a_token_is_a_matter_for_the_operator() -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.probe(CREDENTIALS, {"token": ""})
    assert caught.value.remedy is Remedy.OPERATOR


# --- answers that others collected ----------------------------------------------------------------


@pytest.mark.skipif(not VENDOR_FIXTURES.exists(), reason="the collected vendor answers are not here")
def test_collected_answers_of_the_vendor_are_understood() -> None:
    answers = {path.stem: HttpResponse(200, {}, path.read_bytes()) for path in sorted(VENDOR_FIXTURES.glob("*.json"))}
    assert ADAPTER.token_of(answers.pop("token")) == Token("1234567890", 7200)
    assert ADAPTER.result_of(answers.pop("message_custom_send")) == SendResult("")
    profile = ADAPTER.profile_of(answers.pop("user_info"))
    assert profile.name == "Band"
    assert profile.picture_url.startswith("http://wx.qlogo.cn/")
    assert profile.identities == (Identity(IdentityKind.UNIONID, "o6_bmasdasdsad6_2sgVt7hMZOPfL"),)
    [account] = [c for c in ADAPTER.health_checks(CREDENTIALS, keyed()) if c.code == "account"]
    assert account.read(answers["getcallbackip"]).ok
    for name, answer in answers.items():
        assert ADAPTER.check(answer) == json.loads(answer.body), name
