"""What leaves for Messenger, and how its answers are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.messenger.adapter import MessengerAdapter
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
    VendorError,
)

from .messaging_cases import COLLECTIONS, samples

ADAPTER = MessengerAdapter()
TOKEN = "EAAtokenOfThePage0123456789"
CREDENTIALS = {"page_id": "600000000000001", "access_token": TOKEN, "base_url": "https://graph.test"}
SECRETS = {"app_id": "40000001", "app_secret": "app-secret-0001"}
ADA = Person((Identity(IdentityKind.PSID, "9000000000000001"),), "Ada Example")
MESSAGES = "https://graph.test/v25.0/600000000000001/messages"
COLLECTION = COLLECTIONS / "messenger" / "msgr_postman.json"


def message(text: str = "Hello", **more: Any) -> OutboundMessage:
    return OutboundMessage(ADA, text, "correlation-1", **more)


def bodies(message: OutboundMessage) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in ADAPTER.requests_for(message, CREDENTIALS)]


def body(message: OutboundMessage) -> dict[str, Any]:
    [only] = bodies(message)
    return only


def answer(status: int, body: Any) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(body).encode())


def graph_error(code: int, **more: Any) -> HttpResponse:
    return answer(400, {"error": {"message": f"(#{code}) Refused", "type": "OAuthException", "code": code, **more}})


def refused(response: HttpResponse) -> SendError:
    with pytest.raises(SendError) as caught:
        ADAPTER.result_of(response)
    return caught.value


def test_a_text_is_posted_with_the_token_in_a_header() -> None:
    [request] = ADAPTER.requests_for(message(), CREDENTIALS)
    assert (request.method, request.url) == ("POST", MESSAGES)
    assert request.headers == {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    assert json.loads(request.body) == {
        "recipient": {"id": "9000000000000001"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hello", "metadata": "correlation-1"},
    }


@pytest.mark.parametrize(
    ("credentials", "url"),
    [
        ({"base_url": ""}, "https://graph.facebook.com/v25.0/600000000000001/messages"),
        ({"base_url": "http://127.0.0.1:9000/x/"}, "http://127.0.0.1:9000/x/v25.0/600000000000001/messages"),
        ({"api_version": "v24.0"}, "https://graph.test/v24.0/600000000000001/messages"),
        ({"page_id": "../me?x=1"}, "https://graph.test/v25.0/..%2Fme%3Fx%3D1/messages"),
    ],
)
def test_the_address_is_made_of_the_credentials(credentials: dict[str, str], url: str) -> None:
    [request] = ADAPTER.requests_for(message(), {**CREDENTIALS, **credentials})
    assert request.url == url


def test_a_reply_names_the_quoted_message() -> None:
    assert body(message(reply_to="m_quoted"))["reply_to"] == {"mid": "m_quoted"}


@pytest.mark.parametrize(
    ("by_person", "late", "purpose"),
    [
        (True, True, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (True, False, {"messaging_type": "RESPONSE"}),
        (False, True, {"messaging_type": "RESPONSE"}),
        (False, False, {"messaging_type": "RESPONSE"}),
    ],
)
def test_the_tag_of_late_answers_is_for_what_a_person_wrote(
    by_person: bool, late: bool, purpose: dict[str, str]
) -> None:
    sent = body(message(by_person=by_person, human_agent_tag=late))
    assert {name: sent[name] for name in ("messaging_type", "tag") if name in sent} == purpose


def test_options_become_quick_replies() -> None:
    sent = body(message("When?", options=(Option("am", "Morning"), Option("pm", "Afternoon", "13:00 to 17:00"))))
    assert sent["message"] == {
        "text": "When?",
        "quick_replies": [
            {"content_type": "text", "title": "Morning", "payload": "am"},
            {"content_type": "text", "title": "Afternoon", "payload": "pm"},
        ],
        "metadata": "correlation-1",
    }


@pytest.mark.parametrize("option", [Option("", "Yes"), Option("yes", " "), Option("x" * 1001, "Yes")])
def test_an_unusable_option_is_refused(option: Option) -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(message(options=(option,)), CREDENTIALS)
    assert (caught.value.code, caught.value.remedy) == ("option_unusable", Remedy.GIVE_UP)


@pytest.mark.parametrize(
    ("kind", "vendors"),
    [
        (MessageKind.IMAGE, "image"),
        (MessageKind.VIDEO, "video"),
        (MessageKind.AUDIO, "audio"),
        (MessageKind.VOICE, "audio"),
        (MessageKind.DOCUMENT, "file"),
    ],
)
def test_a_file_goes_by_id_or_by_address(kind: MessageKind, vendors: str) -> None:
    by_id = MediaReference(kind, "1601472827243653", url="https://files.example/7")
    by_url = MediaReference(kind, url="https://files.example/7")
    for media, payload in (
        (by_id, {"attachment_id": "1601472827243653"}),
        (by_url, {"url": "https://files.example/7"}),
    ):
        sent = body(message("", kind=kind, media=media))
        assert sent["message"] == {
            "attachment": {"type": vendors, "payload": payload},
            "metadata": "correlation-1",
        }


def test_a_file_with_a_text_leaves_as_two_messages_of_which_the_last_is_correlated() -> None:
    media = MediaReference(MessageKind.IMAGE, "1601472827243653")
    text, file = bodies(
        message("This one?", kind=MessageKind.IMAGE, media=media, reply_to="m_quoted", options=(Option("yes", "Yes"),))
    )
    assert text == {
        "recipient": {"id": "9000000000000001"},
        "messaging_type": "RESPONSE",
        "message": {"text": "This one?"},
        "reply_to": {"mid": "m_quoted"},
    }
    assert file == {
        "recipient": {"id": "9000000000000001"},
        "messaging_type": "RESPONSE",
        "message": {
            "attachment": {"type": "image", "payload": {"attachment_id": "1601472827243653"}},
            "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "yes"}],
            "metadata": "correlation-1",
        },
    }


@pytest.mark.parametrize("url", ["", "files.example/7", "file:///etc/passwd", "https://"])
def test_a_file_without_an_address_is_refused(url: str) -> None:
    with pytest.raises(SendError, match="The file of this message is missing"):
        ADAPTER.requests_for(
            message("", kind=MessageKind.IMAGE, media=MediaReference(MessageKind.IMAGE, url=url)), CREDENTIALS
        )


@pytest.mark.parametrize(
    "kind", [MessageKind.LOCATION, MessageKind.STICKER, MessageKind.TEMPLATE, MessageKind.CONTACTS]
)
def test_other_kinds_are_refused_in_plain_words(kind: MessageKind) -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(message(kind=kind), CREDENTIALS)
    assert caught.value.public_text == f"Messages of the kind “{kind}” cannot be sent on Messenger."


def test_the_limit_counts_characters_and_not_bytes() -> None:
    assert body(message("😀" * 2000))["message"]["text"] == "😀" * 2000
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(message("😀" * 2001), CREDENTIALS)
    assert caught.value.public_text == "The message has 2001 characters; Messenger allows 2000. Shorten or split it."


def test_a_person_of_another_channel_is_refused() -> None:
    stranger = OutboundMessage(Person((Identity(IdentityKind.IGSID, "8"),)), "Hello", "correlation-1")
    with pytest.raises(SendError, match="cannot be reached on Messenger"):
        ADAPTER.requests_for(stranger, CREDENTIALS)


# --- courtesies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("emoji", "name"),
    [
        ("❤️", "love"),
        ("❤", "love"),
        ("👍", "like"),
        ("👎", "dislike"),
        ("😆", "smile"),
        ("😮", "wow"),
        ("😢", "sad"),
        ("😠", "angry"),
    ],
)
def test_a_reaction_goes_by_its_name(emoji: str, name: str) -> None:
    request = ADAPTER.reaction_request(OutboundReaction(ADA, "m_target", emoji), CREDENTIALS)
    assert request.url == MESSAGES
    assert json.loads(request.body) == {
        "recipient": {"id": "9000000000000001"},
        "sender_action": "react",
        "payload": {"message_id": "m_target", "reaction": name},
    }


def test_a_reaction_is_taken_back_without_a_name() -> None:
    request = ADAPTER.reaction_request(OutboundReaction(ADA, "m_target", ""), CREDENTIALS)
    assert json.loads(request.body) == {
        "recipient": {"id": "9000000000000001"},
        "sender_action": "unreact",
        "payload": {"message_id": "m_target"},
    }


def test_reading_and_typing_name_the_person() -> None:
    read = ADAPTER.mark_read_request(ADA, "m_theirs", CREDENTIALS)
    typing = ADAPTER.typing_request(ADA, "m_theirs", CREDENTIALS)
    assert [json.loads(request.body) for request in (read, typing)] == [
        {"recipient": {"id": "9000000000000001"}, "sender_action": "mark_seen"},
        {"recipient": {"id": "9000000000000001"}, "sender_action": "typing_on"},
    ]


def test_a_thread_is_taken_from_another_app() -> None:
    request = ADAPTER.control_request(ADA, CREDENTIALS)
    assert request.url == MESSAGES.replace("/messages", "/take_thread_control")
    assert json.loads(request.body) == {"recipient": {"id": "9000000000000001"}}


# --- answers --------------------------------------------------------------------------------------


def test_the_answer_names_the_message_and_the_person() -> None:
    result = ADAPTER.result_of(answer(200, {"recipient_id": "9000000000000001", "message_id": "m_new"}))
    assert (result.external_id, result.recipient) == ("m_new", Person(ADA.identities))


@pytest.mark.parametrize(
    ("code", "subcode", "named", "remedy"),
    [
        (10, 2018278, "10/2018278", Remedy.GIVE_UP),
        (10, 1893063, "10/1893063", Remedy.OPERATOR),
        (10, 2018065, "10/2018065", Remedy.GIVE_UP),
        (10, 2018108, "10/2018108", Remedy.GIVE_UP),
        (10, 77, "10/77", Remedy.GIVE_UP),
        (10, None, "10", Remedy.OPERATOR),
        (200, None, "200", Remedy.OPERATOR),
        (200, 2018108, "200/2018108", Remedy.GIVE_UP),
        (200, 2534041, "200/2534041", Remedy.OPERATOR),
        (200, 77, "200/77", Remedy.GIVE_UP),
        (299, 77, "299", Remedy.OPERATOR),
        (200, 1545041, "200/1545041", Remedy.GIVE_UP),
        (551, 1545041, "551/1545041", Remedy.GIVE_UP),
        (100, None, "100", Remedy.GIVE_UP),
        (100, 33, "100/33", Remedy.OPERATOR),
        (100, 2018001, "100/2018001", Remedy.GIVE_UP),
        (100, 2018320, "100/2018320", Remedy.GIVE_UP),
        (190, 463, "190", Remedy.OPERATOR),
        (100, 2018300, "100/2018300", Remedy.GIVE_UP),
        (10, 2018321, "10/2018321", Remedy.GIVE_UP),
        (1, None, "1", Remedy.RETRY),
        (2, None, "2", Remedy.RETRY),
        (2, 2018344, "2/2018344", Remedy.OPERATOR),
        (1200, None, "1200", Remedy.RETRY),
        (4, None, "4", Remedy.RETRY),
        (17, None, "17", Remedy.RETRY),
        (32, None, "32", Remedy.RETRY),
        (80002, None, "80002", Remedy.RETRY),
        (80006, None, "80006", Remedy.RETRY),
        (4, 2018354, "4/2018354", Remedy.RETRY),
        (9, 2018352, "9/2018352", Remedy.RETRY),
        (613, None, "613", Remedy.RETRY),
        (999999, None, "999999", Remedy.GIVE_UP),
    ],
)
def test_a_code_and_its_subcode_have_a_remedy(code: int, subcode: int | None, named: str, remedy: Remedy) -> None:
    error = refused(graph_error(code, **({"error_subcode": subcode} if subcode else {})))
    assert (error.code, error.remedy) == (named, remedy)
    explained = ADAPTER.explain(VendorError(f"{code}/{subcode}" if subcode else str(code)))
    assert (explained.code, explained.remedy, explained.public_text) == (named, remedy, error.public_text)


def test_what_may_have_been_sent_is_never_sent_again() -> None:
    with pytest.raises(OutcomeUnknown):
        ADAPTER.result_of(graph_error(1, error_subcode=1357046))
    assert ADAPTER.explain(VendorError("1/1357046")).remedy is Remedy.GIVE_UP


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (301, Remedy.OPERATOR),
        (400, Remedy.GIVE_UP),
        (401, Remedy.OPERATOR),
        (403, Remedy.OPERATOR),
        (404, Remedy.GIVE_UP),
        (408, Remedy.RETRY),
        (429, Remedy.RETRY),
    ],
)
def test_a_refusal_without_a_known_code_is_judged_by_its_status(status: int, remedy: Remedy) -> None:
    assert refused(answer(status, {})).remedy is remedy
    named = refused(answer(status, {"error": {"code": 999999}})).remedy
    # A code of the vendor's own is about the one message: it must not stop all the others.
    assert named is (Remedy.GIVE_UP if status == 403 else remedy)


def test_one_persons_refusal_does_not_pass_for_one_of_all() -> None:
    gone, closed = refused(graph_error(10, error_subcode=2018108)), refused(graph_error(10, error_subcode=2018065))
    assert gone.public_text == "This contact cannot receive messages: they may have blocked us or left."
    assert closed.public_text == refused(graph_error(10, error_subcode=2018278)).public_text
    unknown = refused(graph_error(200, error_subcode=77))
    assert unknown.public_text == "Messenger does not allow this message to this contact."


@pytest.mark.parametrize(
    ("code", "subcode", "closes"),
    [(10, 2018278, True), (10, 2018065, True), (10, 2018108, False), (10, 77, False), (551, 1545041, False)],
)
def test_the_end_of_the_time_to_answer_is_told_from_other_refusals(code: int, subcode: int, closes: bool) -> None:
    assert refused(graph_error(code, error_subcode=subcode)).closes_window is closes
    assert ADAPTER.explain(VendorError(f"{code}/{subcode}")).closes_window is closes


def test_a_transient_error_of_an_unknown_code_is_retried() -> None:
    assert refused(graph_error(999999, is_transient=True)).retryable


def test_temporary_trouble_is_not_retried_for_ever() -> None:
    assert refused(graph_error(2)).max_attempts == 5
    assert refused(graph_error(4)).max_attempts is None


def test_the_log_gets_the_vendors_words_subcode_and_trace() -> None:
    error = refused(graph_error(10, error_subcode=2018278, fbtrace_id="T1"))
    assert error.detail == "(#10) Refused · subcode 2018278 · trace T1"


# --- look-ups -------------------------------------------------------------------------------------


def test_a_profile_is_asked_for_by_the_persons_id() -> None:
    request = ADAPTER.profile_request(ADA, CREDENTIALS)
    assert request is not None
    assert (request.method, request.url) == (
        "GET",
        "https://graph.test/v25.0/9000000000000001?fields=first_name,last_name,profile_pic",
    )
    assert request.headers == {"authorization": f"Bearer {TOKEN}"}
    assert ADAPTER.profile_request(Person(()), CREDENTIALS) is None


@pytest.mark.parametrize(
    ("body", "profile"),
    [
        (
            {"first_name": "Ada", "last_name": "Example", "profile_pic": "https://cdn.example/ada.jpg", "id": "9"},
            Profile("Ada Example", "https://cdn.example/ada.jpg"),
        ),
        ({"first_name": "Ada", "profile_pic": None}, Profile("Ada")),
        ({"id": "9"}, Profile()),
    ],
)
def test_a_profile_is_read(body: dict[str, Any], profile: Profile) -> None:
    assert ADAPTER.profile_of(answer(200, body)) == profile


@pytest.mark.parametrize(
    ("response", "remedy"),
    [
        (graph_error(230), Remedy.GIVE_UP),
        (graph_error(10), Remedy.GIVE_UP),
        (graph_error(100, error_subcode=33), Remedy.GIVE_UP),
        (graph_error(2018218), Remedy.GIVE_UP),
        (graph_error(190), Remedy.OPERATOR),
        (answer(401, {}), Remedy.OPERATOR),
        (answer(403, {}), Remedy.GIVE_UP),
        (graph_error(4), Remedy.RETRY),
    ],
)
def test_a_profile_that_is_not_shown_says_nothing_about_the_connection(response: HttpResponse, remedy: Remedy) -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.profile_of(response)
    assert caught.value.remedy is remedy


# --- the connection itself ------------------------------------------------------------------------


def test_the_page_subscribes_to_everything_that_is_read() -> None:
    request = ADAPTER.subscribe_request(CREDENTIALS)
    assert request is not None
    assert (request.method, request.body) == ("POST", b"")
    assert request.url == (
        "https://graph.test/v25.0/600000000000001/subscribed_apps?subscribed_fields=messages,message_echoes,message_edits,"
        "message_reactions,message_deliveries,message_reads,messaging_postbacks,messaging_referrals,messaging_optins,"
        "standby,messaging_handovers"
    )
    renamed = ADAPTER.subscribe_request({**CREDENTIALS, "subscribed_fields": "messages, message_echoes,"})
    assert renamed is not None
    assert renamed.url.endswith("?subscribed_fields=messages,message_echoes")


def test_the_connection_form_asks_for_the_fields_without_insisting() -> None:
    [field] = [each for each in ADAPTER.capabilities.account_credentials if each.name == "subscribed_fields"]
    assert (field.required, field.secret) == (False, False)


def test_a_page_token_lasts() -> None:
    assert ADAPTER.token_request(CREDENTIALS) is None
    assert ADAPTER.renewal_request(CREDENTIALS) is None


def finding(code: str, response: HttpResponse, **secrets: str) -> Finding:
    checks = {check.code: check for check in ADAPTER.health_checks(CREDENTIALS, {**SECRETS, **secrets})}
    return checks[code].read(response)


def test_the_checks_ask_for_account_permissions_and_subscription() -> None:
    account, scopes, subscription = (check.request for check in ADAPTER.health_checks(CREDENTIALS, SECRETS))
    assert account.url == "https://graph.test/v25.0/600000000000001?fields=id,name"
    assert scopes.url == "https://graph.test/v25.0/debug_token"
    assert scopes.headers == {"authorization": "Bearer 40000001|app-secret-0001"}
    assert scopes.secret_query == {"input_token": TOKEN}
    assert subscription.url == "https://graph.test/v25.0/600000000000001/subscribed_apps"


def test_without_an_app_id_the_token_asks_about_itself() -> None:
    checks = ADAPTER.health_checks(CREDENTIALS, {"app_secret": "app-secret-0001"})
    assert checks[1].request.headers == {"authorization": f"Bearer {TOKEN}"}


def test_an_account_that_answers_tells_its_name() -> None:
    assert finding("account", answer(200, {"id": "600000000000001", "name": "The shop"})) == Finding(
        ok=True, words="Connected to The shop.", facts={"name": "The shop"}
    )
    gone = finding("account", graph_error(190))
    assert (gone.ok, gone.advice) == (False, "Enter a new access token.")


def test_a_question_that_is_refused_is_not_explained_as_a_message() -> None:
    refused = finding("scopes", graph_error(100), app_id="")
    assert (refused.words, refused.advice) == (
        "Messenger refused the question.",
        "Enter the app ID in the settings of the Meta app, then check again.",
    )
    assert finding("account", graph_error(100)).advice == "Check the IDs and the permissions of the access token."
    assert finding("account", graph_error(4)).advice == "Check again in a few minutes."


def test_missing_permissions_are_named() -> None:
    token = {"is_valid": True, "scopes": ["pages_messaging"], "expires_at": 1785000000}
    assert finding("scopes", answer(200, {"data": token})) == Finding(
        ok=False,
        words="The access token lacks permissions.",
        advice="Create a token with pages_manage_metadata and enter it.",
        facts={"token_expires_at": "2026-07-25T17:20:00+00:00"},
    )
    lasting = {"is_valid": True, "scopes": ["pages_messaging", "pages_manage_metadata"], "expires_at": 0}
    assert finding("scopes", answer(200, {"data": lasting})) == Finding(
        ok=True, words="The access token has all permissions."
    )
    assert not finding("scopes", answer(200, {"data": {**lasting, "is_valid": False}})).ok


def subscribed(app_id: str, *fields: str) -> dict[str, Any]:
    return {"link": "https://shop.example", "name": "Inbox", "id": app_id, "subscribed_fields": list(fields)}


def test_a_subscription_is_ours_and_whole() -> None:
    fields = ADAPTER.subscribed_fields(CREDENTIALS)
    whole = answer(200, {"data": [subscribed("5"), subscribed("40000001", *fields)]})
    assert finding("subscription", whole) == Finding(
        ok=True, words="Everything that customers do is delivered.", facts={"subscribed": True}
    )
    part = finding("subscription", answer(200, {"data": [subscribed("40000001", *fields[:-1])]}))
    assert (part.ok, part.words, part.advice) == (
        True,
        "What customers write is delivered. These are not delivered: messaging_handovers.",
        "Press Subscribe again.",
    )
    mute = finding("subscription", answer(200, {"data": [subscribed("40000001", *fields[1:])]}))
    assert (mute.ok, mute.words, mute.facts) == (
        False,
        "What customers write is not delivered.",
        {"subscribed": True},
    )
    for others in ([], [subscribed("5", *fields)]):
        none = finding("subscription", answer(200, {"data": others}))
        assert (none.ok, none.advice, none.facts) == (False, "Press Subscribe again.", {"subscribed": False})
    somebodys = finding("subscription", answer(200, {"data": [subscribed("5", *fields)]}), app_id="")
    assert (somebodys.ok, somebodys.words) == (
        True,
        "An app is subscribed. Whether it is this one can be told with its app ID.",
    )


# --- the vendor's own collection ------------------------------------------------------------------


@pytest.mark.skipif(not COLLECTION.exists(), reason="the vendor's collection of requests is not here")
def test_the_vendors_collection_is_understood() -> None:
    sent = accepted = 0
    for sample in samples(COLLECTION):
        if sample.url.endswith("/messages"):
            ours = ours_like(sample.body)
            if ours is not None:
                sent += 1
                assert shape(ours) == shape(without_extras(sample.body)), sample.name
            for text in sample.answers:
                accepted += 1
                assert ADAPTER.result_of(HttpResponse(200, {}, text)).external_id.startswith("m_")
        else:
            assert sample.url.endswith("/message_attachments")
            for text in sample.answers:
                assert ADAPTER.check(HttpResponse(200, {}, text))["attachment_id"]
    assert sent >= 3
    assert accepted >= 6


def ours_like(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return what we send for a sample of a kind that we send: without what only we add."""
    content = body["message"]
    if "quick_replies" in content:
        sent = message(options=(Option("a", "A"), Option("b", "B")))
    elif "text" in content:
        sent = message()
    elif content["attachment"]["type"] == "image":
        sent = message(
            "", kind=MessageKind.IMAGE, media=MediaReference(MessageKind.IMAGE, url="https://files.example/7")
        )
    else:
        return None  # templates of buttons
    [request] = ADAPTER.requests_for(sent, CREDENTIALS)
    ours: dict[str, Any] = json.loads(request.body)
    ours.pop("messaging_type")
    ours["message"].pop("metadata")
    return ours


def without_extras(value: Any) -> Any:
    """Leave out the optional fields of a sample that we do not use."""
    if isinstance(value, dict):
        return {name: without_extras(part) for name, part in value.items() if name not in {"is_reusable", "image_url"}}
    return [without_extras(part) for part in value] if isinstance(value, list) else value


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value).__name__
