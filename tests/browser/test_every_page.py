"""Every page there is, and every answer to a form that is a page, by WCAG 2.2 AA as axe judges it, and no wider than a phone.

Pages are asked for in this process and shown to the browser as they are, without scripts: what those build is judged in
`test_accessibility`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser

from inbox.message_templates.models import MessageTemplate
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.workspaces.conftest import House, furnish
from tests.workspaces.test_access import address, addresses, place  # noqa: F401 - a fixture
from tests.world import World

from .accessibility import Desk

ClientOf = Callable[[Membership], Client]

# What GET answers with where no page is meant.
NO_PAGES = {
    "chatrooms:file": "a file",
    "media:file": "a file",
    "media:preview": "a picture",
    "media:thumbnail": "a picture",
    "customers:picture": "a picture",
    "enter_admin": "leads on",
}
# Parts of pages, which stand in those that are judged.
PARTS = {
    "chatrooms:drafts": "for scripts",
    "chatrooms:list_counts": "of the list",
    "chatrooms:list_rows": "of the list",
    "chatrooms:room_row": "of the list",
    "chatrooms:since": "of a page that was away",
    "chatrooms:window": "of a chat",
    "labels:news": "of the inbox",
    "notifications:news": "of the inbox",
    "search:chats": "of the palette",
}
ACCOUNTS = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
)
OWN_ACCOUNT = ("account_email", "account_change_password", "account_set_password", "account_logout")


@dataclass
class Judge:
    """Collects what is wrong. Of each template in each status one answer to a form is enough, and dark once in any."""

    desk: Desk
    found: list[str] = field(default_factory=list)
    templates: set[str] = field(default_factory=set)
    pages: set[tuple[str, int]] = field(default_factory=set)

    def look(self, name: str, response: HttpResponse) -> bool:
        """Judge a page; False if it is none."""
        if not response["Content-Type"].startswith("text/html") or b"<!doctype" not in response.content[:400].lower():
            return False
        names = [template.name for template in getattr(response, "templates", ())]
        is_new = not names or names[0] not in self.templates
        self.templates |= set(names)
        self.pages.add((names[0] if names else name, response.status_code))
        self.found += self.desk.judge(name, response.content.decode(), in_dark=is_new)
        return True

    def look_at_answer(self, name: str, response: HttpResponse) -> None:
        names = [template.name for template in getattr(response, "templates", ())]
        if names and (names[0], response.status_code) not in self.pages:
            self.look(name, response)


def whole_pages() -> set[str]:
    """The templates of whole pages, but for the admin's."""
    folder = Path(settings.BASE_DIR, "templates")
    sources = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.glob("**/*.html")}
    extending = {name for name, text in sources.items() if re.search(r"{% extends", text)}
    return {name for name in extending if not name.startswith(("admin/", "allauth/"))} - {"403.html"}


def of_accounts(world: World, client_of: ClientOf) -> Iterator[tuple[str, HttpResponse]]:
    """The pages about signing in and up, and what they answer to nothing and to nonsense."""
    visitor, amy = Client(), client_of(world.amy)
    for name in ACCOUNTS:
        yield name, visitor.get(reverse(name))
        yield f"{name} refused", visitor.post(reverse(name), {"login": "x", "email": "x"})
    for name in OWN_ACCOUNT[:-1]:
        yield name, amy.get(reverse(name), follow=True)
        yield f"{name} refused", amy.post(reverse(name), {"email": "x", "action_add": ""})
    yield "account_logout", amy.get(reverse("account_logout"))
    person = world.amy.user
    email = EmailAddress(user=person, email="new@example.com")
    email.save()
    for key in (EmailConfirmationHMAC(email).key, "wrong"):
        yield f"confirm_email {key}", visitor.get(reverse("account_confirm_email", args=[key]))
    keys = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
    for each in (keys, keys | {"key": "wrong"}):
        response = visitor.get(reverse("account_reset_password_from_key", kwargs=each), follow=True)
        yield f"reset_from_key {each['key']}", response


def of_everything_else(world: World, client_of: ClientOf, house: House) -> Iterator[tuple[str, HttpResponse]]:
    """Pages that belong to no workspace, pages with nothing or much to show, and the pages of what went wrong."""
    olivia, amy, sam = (client_of(member) for member in (world.olivia, world.amy, world.sam))
    slug, room = world.lotus.slug, house.room.pk
    with scope(world.lotus.pk):
        template = MessageTemplate.objects.get()
    for path in ("/templates/", f"/templates/{template.pk}/", f"/templates/{template.pk}/edit/", "/costs/"):
        yield path, olivia.get(f"/w/{slug}{path}")
    for path in (f"/templates/new/{world.events.pk}/", f"/costs/rooms/{room}/", f"/rooms/{room}/"):
        yield path, olivia.get(f"/w/{slug}{path}")
    yield "template refused", olivia.post(f"/w/{slug}/templates/new/{world.events.pk}/", {"name": "Ü"})
    yield "budget refused", olivia.post(f"/w/{slug}/costs/budgets/{world.events.pk}/", {"amount": "x"})
    yield "rates refused", olivia.post(f"/w/{slug}/costs/rates/", {})
    yield "empty inbox", sam.get(f"/w/{world.bakery.slug}/")
    yield "full search", olivia.get(f"/w/{slug}/search/?q=lily")
    yield "home", olivia.get("/?choose=1")
    yield "new workspace refused", olivia.post(reverse("workspaces:new"), {"name": ""})
    yield "invitation", amy.get(reverse("workspaces:invitation", args=["wrong"]))
    yield "invitation refused", amy.post(reverse("workspaces:invitation", args=["wrong"]))
    yield "forbidden", amy.get(f"/w/{slug}/admin/")
    yield "not found", amy.get(f"/w/{slug}/nothing/")
    yield "signed out", Client().post(f"/w/{slug}/rooms/{room}/messages/", {"text": "Kept"})
    yield "stale", Client(enforce_csrf_checks=True).post(reverse("account_login"), {})
    yield "offline", Client().get(reverse("offline"))
    for name, told in (("done", {"room": [room]}), ("question", {"whole": "1"})):
        yield f"bulk {name}", amy.post(f"/w/{slug}/bulk/", {"do": "close", **told})
    yield "no right", HttpResponse(render_to_string("403.html"))
    yield "broken", HttpResponse(render_to_string("500.html"))


@pytest.mark.timeout(300)  # half a minute where nothing else is going on
def test_every_page_is_accessible_and_fits_a_phone(
    world: World,
    client_of: ClientOf,
    place: dict[str, int],  # noqa: F811 - the fixture
    chromium: Browser,
) -> None:
    house = furnish(world, world.olivia, world.events, phone="85290000077", name="Lily Lotuscustomer")
    owner, slug = client_of(world.amy), world.lotus.slug
    with Desk(chromium) as desk:
        judge = Judge(desk)
        parts = set()
        for name, method in addresses():
            if method == "get" and name not in NO_PAGES:
                response = owner.get(address(name, slug, place), {"cursor": "0", "q": "roses"}, follow=True)
                if not judge.look(name, response):
                    parts.add(name)
        for name, response in (*of_everything_else(world, client_of, house), *of_accounts(world, client_of)):
            if name.endswith("refused"):
                judge.look_at_answer(name, response)
            else:
                assert judge.look(name, response), name
        for name, method in addresses():
            if method == "post":
                judge.look_at_answer(f"{name} refused", owner.post(address(name, slug, place), {"take": world.ben.pk}))
    assert judge.found == [], "\n".join(judge.found)
    assert parts == set(PARTS)
    assert whole_pages() - judge.templates == set()


def test_the_desk_notices_what_is_wrong(chromium: Browser) -> None:
    dim = "<style>p { color: #aaa } button { font-size: 6px; padding: 0 } @media (width < 400px) { p { width: 500px } }</style>"
    with Desk(chromium) as desk:
        found = desk.judge("bad", f"<html lang=en><title>Bad</title>{dim}<main><img src=x><p>Dim</p>")
        close = desk.judge("close", f"<html lang=en><title>Bad</title>{dim}<main><button>a</button><button>b</button>")
    assert [
        name
        for name in ("image-alt", "light: color-contrast", "dark: color-contrast", "wider than a phone")
        if name not in "".join(found)
    ] == []
    assert "at 360 px: target-size" in "".join(close)
