"""Holding an answer in the page: the button, the list above the composer, and who may touch it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from channels_adapters.types import ChannelKind
from inbox.chatrooms.actions import release_held_answers, sweep_held_answers
from inbox.chatrooms.models import Attachment, Chatroom, HeldAnswer, HeldState
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.media.actions import discard_file, store_file
from inbox.message_templates.models import APPROVED, FallbackTemplate, MessageTemplate
from inbox.workspaces.tenancy import platform_scope, scope
from tests.media import samples
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook

from .conftest import HTMX, room_on
from .reading import Page
from .test_template_picker import picture

pytestmark = pytest.mark.django_db

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])

PNG = samples.picture("PNG")
BODY = [{"type": "BODY", "text": "We have an answer for you. Reply to read it."}]


@pytest.fixture
def room(world: World) -> Chatroom:
    """A chat whose window is closed, on an account with a fallback template."""
    room = room_with(world, "Do you deliver?")
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
        template = MessageTemplate.objects.create(
            workspace=world.lotus,
            business_id=room.connection.business_id,
            name="we_have_an_answer",
            language="en",
            status=APPROVED,
            category="UTILITY",
            components=BODY,
        )
        FallbackTemplate.objects.create(workspace=world.lotus, connection=room.connection, template=template)
    return room


@pytest.fixture
def amy(world: World, client_of) -> Client:  # type: ignore[no-untyped-def]
    browser: Client = client_of(world.amy)
    return browser


def held_of(room: Chatroom) -> HeldAnswer:
    with scope(room.workspace_id):
        return HeldAnswer.objects.get(chatroom=room)


def url(name: str, room: Chatroom, *more: int) -> str:
    return reverse(f"chatrooms:{name}", args=["lotus-flowers", room.pk, *more])


def hold(
    browser: Client, room: Chatroom, text: str = "Yes", headers: dict[str, str] | None = None, **more: str | list[str]
) -> Page:
    return Page(browser.post(url("hold", room), {"text": text, "hold": "yes", **more}, headers=headers or {}))


def sent_in(room: Chatroom) -> list[str]:
    return [message.text for message in messages_of(room) if message.direction == "outbound"]


@both_ways
def test_an_answer_is_held_behind_the_template(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    button = Page(amy.get(url("room", room))).one("button", "composer-hold")
    form = Page(amy.post(button["formaction"], {"text": "Yes <b>on Sundays</b>"}, headers=headers))
    assert (form.status, sent_in(room)) == (200, []), "the agent sees first what will go"
    assert form.one("div", "template-preview").text == BODY[0]["text"]
    assert [each.text for each in form.all("option") if "selected" in each] == ["we_have_an_answer (en)"]
    if not headers:
        assert form.one("textarea", name="text").raw_text == "Yes <b>on Sundays</b>"
    assert hold(amy, room, "Yes <b>on Sundays</b>", headers).status == (200 if headers else 303)
    held = held_of(room)
    assert held.leaves_by_itself
    page = amy.get(url("held_answers", room), headers=headers).content.decode()
    assert "Yes &lt;b&gt;on Sundays&lt;/b&gt;" in page
    assert sent_in(room) == [BODY[0]["text"]]
    assert held.state == HeldState.WAITING


def words_of(page: Page) -> tuple[list[str], list[str]]:
    """The answers to tap, and the quote, as they stand in the list."""
    options = [each["value"] for each in page.all("input", name="option")]
    return options, [quote.text for quote in page.all("a", "quote")]


def test_what_stands_in_the_composer_is_held_as_a_whole(amy: Client, room: Chatroom) -> None:
    question = messages_of(room)[0]
    composed = {"text": "Yes", "option": ["Sure", "<b>No", ""], "reply_to": str(question.pk)}
    composer = Page(amy.post(url("hold", room), {**composed, "hold": "yes"}, headers=HTMX))
    assert (composer.form["text"], composer.form["reply_to"]) == ("", "")
    assert [each["value"] for each in composer.all("input", name="option") if each["value"]] == []
    held = held_of(room)
    assert (held.options, held.reply_to_id) == (["Sure", "<b>No"], question.pk)
    options, [quote] = words_of(get_list(amy, room))
    assert options == ["Sure", "<b>No"]
    assert "Do you deliver?" in quote
    line = url("held_answer", room, held.pk)
    too_long = Page(amy.post(line, {"text": "Yes", "option": ["Sure", "x" * 30]}))
    assert (too_long.status, words_of(too_long)[0]) == (409, ["Sure", "x" * 30])
    assert amy.post(line, {"text": "Yes", "unquote": "yes"}).status_code == 303
    assert words_of(get_list(amy, room)) == (["Sure", "<b>No"], []), "options that are not named stay"
    assert amy.post(line, {"text": "Yes", "option": ["", "Rather not"]}).status_code == 303
    assert words_of(get_list(amy, room)) == (["Rather not"], [])


def get_list(browser: Client, room: Chatroom) -> Page:
    return Page(browser.get(url("held_answers", room)))


def test_without_a_script_the_whole_answer_goes_through_the_form(amy: Client, room: Chatroom) -> None:
    question = str(messages_of(room)[0].pk)
    fields = {"text": "Yes", "option": ["Sure", ""], "reply_to": question, "upload": picture()}
    form = Page(amy.post(url("hold", room), fields))
    kept = {name: form.one("input", name=name)["value"] for name in ("option", "reply_to")}
    assert kept == {"option": "Sure", "reply_to": question}
    kept["file"] = form.one("input", type="checkbox", name="file")["value"]
    refused = hold(amy, room, "Far too long. " * 5000, **kept)
    assert (refused.status, "With buttons a message may have at most" in refused.one("p", "form-error").text) == (
        422,
        True,
    )
    assert {name: refused.one("input", name=name)["value"] for name in kept} == kept
    back = amy.post(url("hold", room), {"text": "Yes", "hold": "yes", **kept})
    assert back.status_code == 303
    page = Page(amy.get(back["Location"]))
    assert [each["value"] for each in page.all("input", name="option") if each["value"]] == []
    assert (page.form["reply_to"], page.all("input", name="file")) == ("", [])
    held = held_of(room)
    assert ([str(stored["id"]) for stored in held.files], held.options) == ([kept["file"]], ["Sure"])
    gone = hold(amy, room, "Yes", file="999")
    assert (gone.status, "One of the files is no longer there." in gone.text) == (422, True)
    assert gone.one("textarea", name="text").raw_text == "Yes"
    assert amy.post(url("hold", room), {"text": "Yes", "reply_to": "9" * 15}).status_code == 404


def test_who_wants_no_messages_is_asked_by_no_template(amy: Client, room: Chatroom) -> None:
    with scope(room.workspace_id):
        Customer.objects.filter(pk=room.customer_id).update(is_opted_out=True)
    form = Page(amy.post(url("hold", room), {"text": "Yes"}))
    assert (form.all("select", name="template"), form.all("input", name="filled")) == ([], [])
    assert hold(amy, room).status == 303
    assert (held_of(room).text, sent_in(room)) == ("Yes", [])


@both_ways
def test_the_form_says_when_the_number_has_no_template_of_its_own(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    def warning() -> str:
        page = Page(amy.post(url("hold", room), {"text": "Yes"}, headers=headers))
        return " ".join(each.text for each in page.all("p", "template-warning"))

    assert warning() == ""
    with scope(room.workspace_id):
        MessageTemplate.objects.filter(name="we_have_an_answer").update(status="PAUSED")
        paused = str(MessageTemplate.objects.get().pk)
    assert "we_have_an_answer (en), cannot be sent now. WhatsApp lists it as PAUSED." in warning()
    chosen = Page(amy.post(url("hold", room), {"text": "Yes", "template": paused}, headers=headers))
    assert (chosen.status, "can no longer be sent" in chosen.one("p", "form-error").text) == (422, True)
    with scope(room.workspace_id):
        MessageTemplate.objects.create(
            workspace=world.lotus,
            business_id=room.connection.business_id,
            name="other",
            language="en",
            status=APPROVED,
            components=BODY,
        )
    assert "we_have_an_answer (en), cannot be sent now. WhatsApp lists it as PAUSED." in warning()
    with scope(room.workspace_id):
        FallbackTemplate.objects.all().delete()
    assert "This number has no template of its own yet." in warning()


@both_ways
def test_files_stand_with_the_held_answer_and_one_can_be_left_out(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    names = ("<b>roses.png", "tulips.png")
    roses, tulips = (store_file(workspace_id=world.lotus.pk, content=PNG, filename=name) for name in names)
    assert hold(amy, room, headers=headers, file=[str(roses.pk), str(tulips.pk)]).status == (200 if headers else 303)
    discard_file(file=tulips)
    card = Page(amy.get(url("held_answers", room), headers=headers))
    links = [each["href"] for each in card.all("a", dir="auto")]
    assert links == [roses.url("lotus-flowers")], "what was deleted is named, and leads nowhere"
    assert "tulips.png (deleted)" in card.text
    drop = card.one("button", name="drop", value=str(tulips.pk))
    line = url("held_answer", room, held_of(room).pk)
    assert amy.post(line, {"text": "Yes, these", drop["name"]: drop["value"]}, headers=headers).status_code < 400
    assert (held_of(room).text, [stored["id"] for stored in held_of(room).files]) == ("Yes, these", [roses.pk])


@both_ways
def test_where_there_are_no_templates_only_the_answer_is_held(
    world: World, amy: Client, headers: dict[str, str]
) -> None:
    room = room_on(world, ChannelKind.WECHAT)
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=None)
    long = "Roses. " * 400
    form = Page(amy.post(url("hold", room), {"text": long}, headers=headers))
    assert (form.all("select", name="template"), form.all("div", id="hold-preview")) == ([], [])
    assert (form.all("input", name="split") == []) is bool(headers), "in the open chat the composer asks"
    refused = hold(amy, room, long, headers)
    assert (refused.status, "too long for one message" in refused.text) == (422, True)
    assert hold(amy, room, long, headers, split="yes").status == (200 if headers else 303)
    assert held_of(room).text == long.strip()
    assert sent_in(room) == []


def test_an_expired_answer_stays_in_the_list_until_it_is_given_up(amy: Client, room: Chatroom) -> None:
    hold(amy, room, "Yes, on Sundays", template="")
    with time_machine.travel(clock.now() + timedelta(days=8)):
        sweep_held_answers()
        held = held_of(room)
        assert held.state == HeldState.EXPIRED
        listed = Page(amy.get(url("held_answers", room))).one("li", id=f"held-{held.pk}")
        assert ("Yes, on Sundays" in listed.text, "it was not sent in time" in listed.text) == (True, True)
        amy.post(url("held_answer", room, held.pk), {"cancel": "yes"})
        assert "Yes, on Sundays" not in amy.get(url("held_answers", room)).content.decode()


@both_ways
def test_another_template_is_chosen_and_filled_in(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    with scope(room.workspace_id):
        other = MessageTemplate.objects.get()
        other.pk, other.name = None, "news"
        other.components = [{"type": "BODY", "text": "Dear {{1}}, news about {{2}}."}]
        other.defaults = {"body.1": "{name}"}
        other.save()
    chosen = {"template": str(other.pk), "filled": "1", "value.body.1": "of another template", "leaves": "offered"}
    form = Page(amy.post(url("hold", room), {"text": "Yes", "hold": "yes", "show": "yes", **chosen}, headers=headers))
    assert form.one("input", name="value.body.1")["value"] == "Chan Tai Man"
    assert "checked" in form.one("input", name="leaves", value="offered")
    chosen |= {"filled": str(other.pk), "value.body.1": "Tai Man", "value.body.2": ""}
    refused = hold(amy, room, "Yes", headers, **chosen)
    assert (refused.status, refused.one("p", "field-error").text) == (422, "Fill this in.")
    assert refused.one("input", name="value.body.1")["value"] == "Tai Man"
    assert sent_in(room) == []
    assert hold(amy, room, "Yes", headers, **chosen | {"value.body.2": "roses"}).status in (200, 303)
    assert sent_in(room) == ["Dear Tai Man, news about roses."]
    assert not held_of(room).leaves_by_itself


def test_a_file_is_chosen_for_the_header_of_the_template(amy: Client, room: Chatroom) -> None:
    with scope(room.workspace_id):
        chosen = MessageTemplate.objects.get()
        chosen.components = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Dear {{1}}, look."}]
        chosen.save()
    known = {"text": "Yes", "hold": "yes", "template": str(chosen.pk), "filled": str(chosen.pk)}

    def send(**more: Any) -> Page:
        return Page(amy.post(url("hold", room), {**known, **more}))

    refused = send(header_file=SimpleUploadedFile("notes.txt", b"Roses"), **{"value.body.1": "Bo"})
    assert (refused.status, "notes.txt" in refused.html) == (422, True)
    shown = [send(show="yes", header_file=SimpleUploadedFile(*each)) for each in (("a.png", PNG), ("a.png", b""))]
    assert ["a.png" in each.html for each in shown] == [True, True]
    assert [each.status for each in shown] == [200, 422]
    unfilled = send(header_file=SimpleUploadedFile("a.png", PNG), **{"value.body.1": ""})
    kept = unfilled.one("input", name="header_file_id")["value"]
    assert (unfilled.status, unfilled.one("p", "template-chosen-file").text) == (422, "a.png")
    assert send(header_file_id=kept, **{"value.body.1": "Bo"}).status == 303
    with scope(room.workspace_id):
        assert str(Attachment.objects.get().file_id) == kept
    assert held_of(room).text == "Yes"


@pytest.mark.parametrize("has_fallback", [True, False])
def test_an_answer_may_be_held_with_nothing_sent(amy: Client, room: Chatroom, has_fallback: bool) -> None:
    with scope(room.workspace_id):
        if not has_fallback:
            FallbackTemplate.objects.all().delete()
    nothing = {"template": ""} if has_fallback else {}
    assert hold(amy, room, "Yes, on Sundays", **nothing).status == 303
    assert (held_of(room).text, sent_in(room)) == ("Yes, on Sundays", [])


@both_ways
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"template": "paused"}, "This template can no longer be sent."),
        ({"template": "99999999999999999999"}, "This template can no longer be sent."),
        ({"version": "before it was changed"}, "This template was changed a moment ago."),
        ({"text": " "}, "Write a message first."),
    ],
)
def test_what_cannot_be_held_comes_back_with_the_reason(
    amy: Client, room: Chatroom, changes: dict[str, str], words: str, headers: dict[str, str]
) -> None:
    with scope(room.workspace_id):
        paused = MessageTemplate.objects.get()
        paused.pk, paused.name, paused.status = None, "paused", "PAUSED"
        paused.save()
    changes = changes | ({"template": str(paused.pk)} if changes.get("template") == "paused" else {})
    page = hold(amy, room, **{"text": "Yes, on Sundays", "headers": headers, **changes})  # type: ignore[arg-type]
    assert page.status == 422
    assert words in page.text
    if not headers:
        assert page.one("textarea", name="text").raw_text == changes.get("text", "Yes, on Sundays")
    with scope(room.workspace_id):
        assert not HeldAnswer.objects.exists()
    assert sent_in(room) == []


def test_once_the_customer_has_written_the_answer_is_not_held(world: World, amy: Client, room: Chatroom) -> None:
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?")]))
    page = hold(amy, room, "Yes, on Sundays")
    assert page.status == 422
    assert "you can send your answer now" in page.text
    assert page.one("textarea", name="text").raw_text == "Yes, on Sundays"
    assert sent_in(room) == []


def test_what_was_typed_is_not_lost_if_the_answer_has_left_meanwhile(world: World, amy: Client, room: Chatroom) -> None:
    hold(amy, room)
    line = url("held_answer", room, held_of(room).pk)
    page = Page(amy.post(line, {"text": " "}))
    assert (page.status, "Write a message first." in page.text) == (409, True)
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?")]))
    release_held_answers(workspace_id=room.workspace_id, chatroom_id=room.pk)
    page = Page(amy.post(line, {"text": "Yes, and on Mondays too"}))
    assert (page.status, "This answer is held no longer." in page.text) == (409, True)
    assert page.one("textarea", id="held-left-over").raw_text == "Yes, and on Mondays too"


def test_a_held_answer_is_changed_given_up_and_not_sent_too_early(amy: Client, room: Chatroom) -> None:
    hold(amy, room)
    line = url("held_answer", room, held_of(room).pk)
    assert amy.post(line, {"text": "Yes, gladly", "drop": "9" * 5000}).status_code == 303
    assert held_of(room).text == "Yes, gladly"
    too_early = amy.post(line, {"text": "Yes, gladly", "send": "yes"})
    assert too_early.status_code == 409
    assert "only templates" in too_early.content.decode()
    notice = amy.post(line, {"text": "Yes, gladly", "send": "yes"}, headers=HTMX)
    assert (notice.status_code, notice["HX-Retarget"]) == (409, "#notices")
    assert amy.post(line, {"cancel": "yes"}).status_code == 303
    assert held_of(room).state == HeldState.CANCELLED
    assert amy.post(line, {"text": "Again"}).status_code == 409


def test_a_stranger_cannot_see_or_touch_it(world: World, amy: Client, client_of, room: Chatroom) -> None:  # type: ignore[no-untyped-def]
    hold(amy, room)
    held = held_of(room)
    sam = client_of(world.sam)
    for slug in ("lotus-flowers", "other-bakery"):
        for name, more in (("held_answers", ()), ("hold", ()), ("held_answer", (held.pk,))):
            address = reverse(f"chatrooms:{name}", args=[slug, room.pk, *more])
            assert sam.get(address).status_code in (404, 405)
            assert sam.post(address, {"text": "Mine now", "cancel": "yes"}).status_code in (404, 405)
    with platform_scope("test"):
        assert reload(held).state == HeldState.WAITING
    with scope(world.bakery.pk):
        assert not HeldAnswer.objects.exists()
