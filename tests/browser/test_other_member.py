"""A browser that several people use: what one of them wrote never goes out in the name of another."""

from __future__ import annotations

from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from inbox.chatrooms.models import AnswerDraft
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import messages_of, room_with

from .conftest import BROKEN_LINES, Stage
from .test_conversation import answer, message, open_inbox

TEXT = "#composer-text"
NOTICES = "#notices"


def sign_in(context: BrowserContext, member: Membership, url: str) -> None:
    """Put another person's session into a browser, as signing in in another tab does."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


def unsent(page: Page) -> int:
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('unsent:')).length")


def test_what_waits_to_be_sent_waits_for_its_writer(stage: Stage) -> None:
    room = room_with(stage.world, "Hello?")
    path = f"/w/lotus-flowers/rooms/{room.pk}/"
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, path)
    amy.route("**/messages/", lambda route: route.abort())
    answer(amy, "From Amy")
    expect(amy.locator(".composer-queue")).to_contain_text("From Amy")

    sign_in(amy.context, stage.world.ben, stage.web.url)
    amy.unroute("**/messages/")
    for deed in ("the queue", "a draft"):
        with amy.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 401):
            if deed == "a draft":
                amy.fill(TEXT, "Half a sentence")
            else:
                amy.evaluate("dispatchEvent(new Event('online'))")
    expect(amy.locator(NOTICES)).to_contain_text("You were signed out.")
    ben = amy.context.new_page()
    open_inbox(ben, path)
    expect(ben.locator(TEXT)).to_have_value("")
    expect(ben.locator(".composer-queue")).to_be_hidden()
    assert unsent(ben) == 1
    ben.close()
    with scope(room.workspace_id):
        assert not AnswerDraft.objects.exists()
    assert [each.text for each in messages_of(room)] == ["Hello?"]

    sign_in(amy.context, stage.world.amy, stage.web.url)
    open_inbox(amy, path)
    expect(message(amy, "From Amy")).to_be_visible()
    expect(amy.locator(TEXT)).to_have_value("Half a sentence")
    until(lambda: unsent(amy) == 0)
    (sent,) = messages_of(room)[1:]
    assert (sent.text, sent.author_id) == ("From Amy", stage.world.amy.pk)
    stage.forgive("401")
    stage.forgive(BROKEN_LINES)  # the browser mentions what was refused
