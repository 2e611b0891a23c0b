"""What leaves for Instagram, through a page or with the account's own login, and how its answers are read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.instagram.adapter import InstagramAdapter
from channels_adapters.types import (
    Finding,
    HttpResponse,
    Identity,
    IdentityKind,
    MediaReference,
    MessageKind,
    Option,
    OutboundMessage,
    OutboundReaction,
    Person,
    Profile,
)

from .messaging_cases import COLLECTIONS, samples

ADAPTER = InstagramAdapter()
PAGE_TOKEN, TOKEN = "EAAtokenOfThePage0123456789", "IGAAtokenOfTheAccount0123456789"
BY_PAGE = {"instagram_id": "17840000000000001", "page_id": "600000000000001", "access_token": PAGE_TOKEN}
BY_LOGIN = {"login": "instagram", "instagram_id": "17840000000000001", "access_token": TOKEN}
ADA = Person((Identity(IdentityKind.IGSID, "8000000000000001"),), "Ada Example")
COLLECTION = COLLECTIONS / "instagram" / "ig_postman.json"


def message(text: str = "Hello", **more: Any) -> OutboundMessage:
    return OutboundMessage(ADA, text, "correlation-1", **more)


def body(message: OutboundMessage) -> dict[str, Any]:
    [request] = ADAPTER.requests_for(message, BY_LOGIN)
    sent: dict[str, Any] = json.loads(request.body)
    return sent


def answer(status: int, body: Any) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(body).encode())


def graph_error(code: int, subcode: int = 0) -> HttpResponse:
    return answer(400, {"error": {"message": "Refused", "code": code, "error_subcode": subcode or None}})


def refusal_of(message: OutboundMessage, credentials: dict[str, str] = BY_LOGIN) -> SendError:
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(message, credentials)
    return caught.value


@pytest.mark.parametrize(
    ("credentials", "url", "token"),
    [
        (BY_PAGE, "https://graph.facebook.com/v25.0/600000000000001/messages", PAGE_TOKEN),
        ({**BY_PAGE, "login": "page"}, "https://graph.facebook.com/v25.0/600000000000001/messages", PAGE_TOKEN),
        (BY_LOGIN, "https://graph.instagram.com/v25.0/17840000000000001/messages", TOKEN),
        (
            {**BY_LOGIN, "base_url": "http://127.0.0.1:9000"},
            "http://127.0.0.1:9000/v25.0/17840000000000001/messages",
            TOKEN,
        ),
    ],
)
def test_the_login_decides_where_messages_go(credentials: dict[str, str], url: str, token: str) -> None:
    [request] = ADAPTER.requests_for(message(), credentials)
    assert (request.method, request.url) == ("POST", url)
    assert request.headers["authorization"] == f"Bearer {token}"
    assert json.loads(request.body) == {
        "recipient": {"id": "8000000000000001"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hello", "metadata": "correlation-1"},
    }


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({**BY_PAGE, "page_id": ""}, "The Instagram connection lacks the ID of its Facebook page."),
        ({**BY_PAGE, "access_token": ""}, "The Instagram connection is incomplete."),
        ({**BY_LOGIN, "login": "carrier pigeon"}, "The Instagram connection is incomplete."),
        ({**BY_LOGIN, "instagram_id": " "}, "The Instagram connection is incomplete."),
    ],
)
def test_what_a_login_needs_is_a_matter_for_the_operator(credentials: dict[str, str], words: str) -> None:
    refusal = refusal_of(message(), credentials)
    assert refusal.remedy is Remedy.OPERATOR
    assert refusal.public_text.startswith(words)


def test_the_limit_counts_bytes_and_not_characters() -> None:
    assert body(message("你" * 333))["message"]["text"] == "你" * 333
    assert (
        refusal_of(message("你" * 334)).public_text
        == "The message has 1002 bytes; Instagram allows 1000. Shorten or split it."
    )


def test_a_late_answer_of_a_person_is_tagged() -> None:
    sent = body(message(by_person=True, human_agent_tag=True, reply_to="m_quoted"))
    assert (sent["messaging_type"], sent["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert sent["reply_to"] == {"mid": "m_quoted"}


def test_options_become_quick_replies() -> None:
    assert body(message("When?", options=(Option("am", "Morning"),)))["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Morning", "payload": "am"}
    ]


def test_the_heart_is_the_one_sticker() -> None:
    assert body(message("", kind=MessageKind.STICKER))["message"] == {
        "attachment": {"type": "like_heart"},
        "metadata": "correlation-1",
    }
    picture = MediaReference(MessageKind.STICKER, url="https://files.example/cat.webp")
    assert refusal_of(message("", kind=MessageKind.STICKER, media=picture)).public_text == (
        "The heart is the only sticker that can be sent; send a picture instead."
    )


@pytest.mark.parametrize("kind", [MessageKind.LOCATION, MessageKind.CONTACTS, MessageKind.TEMPLATE])
def test_other_kinds_are_refused_in_plain_words(kind: MessageKind) -> None:
    assert refusal_of(message(kind=kind)).public_text == (f"Messages of the kind “{kind}” cannot be sent on Instagram.")


def test_a_heart_is_the_one_reaction() -> None:
    request = ADAPTER.reaction_request(OutboundReaction(ADA, "m_target", "❤"), BY_LOGIN)
    assert json.loads(request.body) == {
        "recipient": {"id": "8000000000000001"},
        "sender_action": "react",
        "payload": {"message_id": "m_target", "reaction": "love"},
    }
    with pytest.raises(SendError, match="Instagram takes these reactions only: ❤️"):
        ADAPTER.reaction_request(OutboundReaction(ADA, "m_target", "👍"), BY_LOGIN)


@pytest.mark.parametrize(
    ("code", "subcode", "named", "remedy"),
    [
        (10, 2534022, "10/2534022", Remedy.GIVE_UP),
        (200, 2534041, "200/2534041", Remedy.OPERATOR),
        (100, 2534014, "100/2534014", Remedy.GIVE_UP),
        (100, 2534068, "100/2534068", Remedy.GIVE_UP),
        (2534014, 0, "2534014", Remedy.GIVE_UP),
        (190, 0, "190", Remedy.OPERATOR),
        (613, 0, "613", Remedy.RETRY),
    ],
)
def test_a_code_and_its_subcode_have_a_remedy(code: int, subcode: int, named: str, remedy: Remedy) -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.result_of(graph_error(code, subcode))
    assert (caught.value.code, caught.value.remedy) == (named, remedy)
    assert caught.value.closes_window is (subcode == 2534022)


# --- look-ups -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credentials", "host"), [(BY_PAGE, "https://graph.facebook.com"), (BY_LOGIN, "https://graph.instagram.com")]
)
def test_a_profile_is_asked_for_where_the_token_is_valid(credentials: dict[str, str], host: str) -> None:
    request = ADAPTER.profile_request(ADA, credentials)
    assert request is not None
    assert request.url == (
        f"{host}/v25.0/8000000000000001?fields=name,username,profile_pic,follower_count,is_user_follow_business,"
        "is_business_follow_user,is_verified_user"
    )


def test_a_username_is_known_from_the_profile_alone() -> None:
    profile = ADAPTER.profile_of(
        answer(200, {"name": "Ada Example", "username": "@ada.example", "profile_pic": "https://cdn.example/a.jpg"})
    )
    assert profile == Profile(
        "Ada Example", "https://cdn.example/a.jpg", (Identity(IdentityKind.USERNAME, "ada.example"),)
    )
    assert ADAPTER.profile_of(answer(200, {"name": None, "profile_pic": None, "id": "8"})) == Profile()


def test_somebody_who_only_commented_has_no_profile() -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.profile_of(answer(403, {"error": {"message": "User consent is required", "code": 230}}))
    assert caught.value.remedy is Remedy.GIVE_UP
    assert caught.value.public_text == "Instagram does not show the profile of this contact."


# --- the connection itself ------------------------------------------------------------------------


def test_the_token_of_an_own_login_is_prolonged() -> None:
    request = ADAPTER.renewal_request(BY_LOGIN)
    assert request is not None
    assert (request.method, request.url) == (
        "GET",
        "https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token",
    )
    assert request.secret_query == {"access_token": TOKEN}
    assert ADAPTER.renewal_request(BY_PAGE) is None
    assert ADAPTER.token_request(BY_LOGIN) is None


def test_a_prolonged_token_says_how_long_it_lives() -> None:
    token = ADAPTER.token_of(answer(200, {"access_token": "IGAAfresh", "token_type": "bearer", "expires_in": 5183944}))
    assert (token.value, token.seconds) == ("IGAAfresh", 5183944)
    assert ADAPTER.token_of(answer(200, {"access_token": "IGAAfresh"})).seconds == 60 * 86_400
    with pytest.raises(OutcomeUnknown):
        ADAPTER.token_of(answer(200, {}))
    with pytest.raises(SendError):
        ADAPTER.token_of(graph_error(190))


def test_each_login_subscribes_where_its_webhooks_come_from() -> None:
    page, account = ADAPTER.subscribe_request(BY_PAGE), ADAPTER.subscribe_request(BY_LOGIN)
    assert page is not None
    assert account is not None
    assert page.url.startswith("https://graph.facebook.com/v25.0/600000000000001/subscribed_apps?subscribed_fields=")
    # Subscribing replaces the list of the page, which may have Messenger connected as well.
    assert "message_echoes" in page.url
    assert account.url == (
        "https://graph.instagram.com/v25.0/17840000000000001/subscribed_apps?subscribed_fields=messages,"
        "messaging_postbacks,messaging_seen,message_reactions,messaging_referral,message_edit,standby,messaging_handovers"
    )


def finding(code: str, credentials: dict[str, str], response: HttpResponse) -> Finding:
    checks = {check.code: check for check in ADAPTER.health_checks(credentials, {})}
    return checks[code].read(response)


def test_the_checks_suit_the_login() -> None:
    assert [(check.code, check.request.url) for check in ADAPTER.health_checks(BY_PAGE, {})] == [
        ("account", "https://graph.facebook.com/v25.0/600000000000001?fields=id,name,instagram_business_account"),
        ("scopes", "https://graph.facebook.com/v25.0/debug_token"),
        ("subscription", "https://graph.facebook.com/v25.0/600000000000001/subscribed_apps"),
    ]
    assert [(check.code, check.request.url) for check in ADAPTER.health_checks(BY_LOGIN, {})] == [
        ("account", "https://graph.instagram.com/v25.0/17840000000000001?fields=id,name,username"),
        ("subscription", "https://graph.instagram.com/v25.0/17840000000000001/subscribed_apps"),
    ]


def test_a_page_must_be_linked_to_the_account() -> None:
    page = {"id": "600000000000001", "name": "The shop", "instagram_business_account": {"id": "17840000000000001"}}
    assert finding("account", BY_PAGE, answer(200, page)) == Finding(
        ok=True, words="Connected to The shop.", facts={"name": "The shop"}
    )
    other = finding("account", BY_PAGE, answer(200, {**page, "instagram_business_account": {"id": "1"}}))
    none = finding("account", BY_PAGE, answer(200, {"id": "600000000000001"}))
    assert [(each.ok, each.words) for each in (other, none)] == [
        (False, "The page is linked to another Instagram account."),
        (False, "The page has no Instagram account."),
    ]
    own = finding("account", BY_LOGIN, answer(200, {"id": "17840000000000001", "username": "the.shop"}))
    assert own.facts == {"name": "@the.shop"}


def test_the_vendor_may_not_tell_which_fields_an_account_is_subscribed_to() -> None:
    assert finding("subscription", BY_LOGIN, answer(200, {"data": [{"id": "40000001"}]})).ok
    part = finding("subscription", BY_LOGIN, answer(200, {"data": [{"id": "1", "subscribed_fields": ["comments"]}]}))
    assert (part.ok, part.facts) == (False, {"subscribed": True})


# --- the vendor's own collection ------------------------------------------------------------------


@pytest.mark.skipif(not COLLECTION.exists(), reason="the vendor's collection of requests is not here")
def test_the_vendors_collection_is_understood() -> None:
    compared = checked = 0
    for sample in samples(COLLECTION):
        if "graph.instagram.com" in sample.url:
            ours = ours_like(sample.body)
            if ours is not None:
                compared += 1
                assert shape(ours) == shape(sample.body), sample.name
        for text in sample.answers:
            checked += 1
            without_remarks = re.sub(rb"(?<!:)//.*", b"", text)
            assert ADAPTER.check(HttpResponse(200, {}, without_remarks)), sample.name
    assert compared >= 5
    assert checked >= 5


def ours_like(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return what we send for a sample of a kind that we send: without what only we add."""
    if "sender_action" in body:
        request = ADAPTER.reaction_request(OutboundReaction(ADA, "m_target", "❤️"), BY_LOGIN)
        return json.loads(request.body)  # type: ignore[no-any-return]
    attachment = body["message"].get("attachment", {"type": "text"})["type"]
    sent = {
        "text": message(),
        "image": file(MessageKind.IMAGE),
        "audio": file(MessageKind.AUDIO),
        "like_heart": message("", kind=MessageKind.STICKER),
    }.get(attachment)
    if sent is None:
        return None  # a post of our own
    [request] = ADAPTER.requests_for(sent, BY_LOGIN)
    ours: dict[str, Any] = json.loads(request.body)
    ours.pop("messaging_type")
    ours["message"].pop("metadata")
    return ours


def file(kind: MessageKind) -> OutboundMessage:
    return message("", kind=kind, media=MediaReference(kind, url="https://files.example/7"))


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value).__name__
