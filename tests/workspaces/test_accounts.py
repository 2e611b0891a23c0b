"""Signing up, confirming an address, signing in and out, a forgotten password: as a person at a browser meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from inbox.workspaces.models import AuditEntry, Membership, Role, User, Workspace
from inbox.workspaces.tenancy import scope
from tests.world import PASSWORD, World

SIGN_UP = {
    "name": "Nora New",
    "workspace_name": "Nora's Noodles",
    "email": "Nora@Example.com",
    "password1": "seven purple kettles",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client()


@contextmanager
def one_mail_to(address: str) -> Iterator[EmailMessage]:
    """Expect exactly one more email; what it says is there after the block."""
    before = len(mail.outbox)
    message = EmailMessage()
    yield message
    assert [sent.to for sent in mail.outbox[before:]] == [[address]]
    message.__dict__.update(mail.outbox[-1].__dict__)


def link_in(message: EmailMessage) -> str:
    (link,) = set(re.findall(r"https?://testserver(/\S+)", message.body))
    return str(link)


def sign_in(browser: Client, email: str, password: str):  # type: ignore[no-untyped-def]
    return browser.post(reverse("account_login"), {"login": email, "password": password})


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


# --- signing up -----------------------------------------------------------------------------------------------------


def test_the_form_asks_for_the_person_and_the_business(browser: Client) -> None:
    page = browser.get(reverse("account_signup")).content.decode()
    for name in ("name", "workspace_name", "email", "password1"):
        assert f'name="{name}"' in page
    assert "Your name" in page
    assert "Business name" in page


def test_signing_up_makes_a_workspace_and_its_owner(browser: Client) -> None:
    with one_mail_to("nora@example.com"):
        response = browser.post(reverse("account_signup"), SIGN_UP)
    assert (response.status_code, response["Location"]) == (302, reverse("account_email_verification_sent"))
    user = User.objects.get(email="nora@example.com")
    assert user.name == "Nora New"
    assert user.check_password(SIGN_UP["password1"])
    assert (user.is_staff, user.is_superuser) == (False, False)
    workspace = Workspace.objects.get(name="Nora's Noodles")
    assert workspace.slug == "noras-noodles"
    with scope(workspace.pk):
        assert [(m.user, m.role, m.is_active) for m in Membership.objects.all()] == [(user, Role.OWNER, True)]
        assert AuditEntry.objects.get().verb == "workspace.created"


def test_a_new_account_is_closed_until_its_address_is_confirmed(browser: Client) -> None:
    with one_mail_to("nora@example.com") as message:
        browser.post(reverse("account_signup"), SIGN_UP)
    assert message.subject.startswith("[Switchboard]")
    assert not is_signed_in(browser)

    for visitor in (browser, Client()):
        response = sign_in(visitor, "nora@example.com", SIGN_UP["password1"])
        assert response["Location"] == reverse("account_email_verification_sent")
        assert not is_signed_in(visitor)
        assert visitor.get("/w/noras-noodles/").status_code == 302

    link = link_in(message)
    page = browser.get(link).content.decode()
    assert "nora@example.com" in page
    assert not EmailAddress.objects.get(email="nora@example.com").verified, "a link preview must not confirm"
    assert browser.post(link).status_code == 302
    assert EmailAddress.objects.get(email="nora@example.com").verified
    assert not is_signed_in(browser), "whoever holds the link still needs the password"

    assert sign_in(browser, "nora@example.com", SIGN_UP["password1"])["Location"] == "/"
    assert browser.get("/")["Location"] == "/w/noras-noodles/"
    assert browser.get("/w/noras-noodles/").status_code == 200


def test_a_made_up_confirmation_link_confirms_nothing(browser: Client) -> None:
    browser.post(reverse("account_signup"), SIGN_UP)
    link = reverse("account_confirm_email", args=["made-up"])
    assert browser.get(link).status_code == 200
    browser.post(link)
    assert not EmailAddress.objects.get(email="nora@example.com").verified


def test_an_invited_person_leaves_the_business_empty(browser: Client) -> None:
    browser.post(reverse("account_signup"), {**SIGN_UP, "workspace_name": ""})
    assert User.objects.filter(email="nora@example.com").exists()
    assert not Workspace.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "This field is required"),
        ("email", "", "This field is required"),
        ("email", "nora", "Enter a valid email address"),
        ("password1", "", "This field is required"),
        ("password1", "short", "too short"),
        ("password1", "password123", "too common"),
        ("password1", "12345678901234", "entirely numeric"),
        ("password1", "nora@example.com", "too similar"),
        ("workspace_name", "x" * 121, "at most 120 characters"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(browser: Client, field: str, value: str, words: str) -> None:
    response = browser.post(reverse("account_signup"), {**SIGN_UP, field: value})
    page = response.content.decode()
    assert words in page
    if field != "workspace_name":
        assert "Nora&#x27;s Noodles" in page
    assert SIGN_UP["password1"] not in page
    assert not User.objects.exists()
    assert not Workspace.objects.exists()


def test_businesses_of_one_name_get_different_addresses(browser: Client) -> None:
    for number, name in enumerate(["Tea House", "Tea House", "茶館", "茶館", "Admin", "w" * 120]):
        form = {**SIGN_UP, "email": f"nora{number}@example.com", "workspace_name": name}
        assert browser.post(reverse("account_signup"), form).status_code == 302
    slugs = list(Workspace.objects.order_by("pk").values_list("slug", flat=True))
    assert slugs == ["tea-house", "tea-house-2", "workspace", "workspace-2", "admin-2", "w" * 50]


# --- what strangers can find out ------------------------------------------------------------------------------------


def test_signing_up_does_not_tell_who_has_an_account(world: World) -> None:
    assert User.objects.filter(email="amy@example.com").exists()
    answers = []
    for email in ("amy@example.com", "nobody@example.com"):
        with one_mail_to(email) as message:
            response = Client().post(reverse("account_signup"), {**SIGN_UP, "email": email, "workspace_name": "Trap"})
        answers.append((response.status_code, response["Location"]))
        if email == "amy@example.com":
            assert "already" in message.body
            assert not Workspace.objects.filter(name="Trap").exists()
    assert answers[0] == answers[1]
    amy = User.objects.get(email="amy@example.com")
    assert (amy.name, amy.check_password(PASSWORD)) == ("Amy Agent", True)


def test_resetting_does_not_tell_who_has_an_account(world: World) -> None:
    answers = []
    for email in ("amy@example.com", "nobody@example.com"):
        response = Client().post(reverse("account_reset_password"), {"email": email})
        answers.append((response.status_code, response["Location"]))
    assert answers[0] == answers[1]


def test_signing_in_does_not_tell_who_has_an_account(world: World) -> None:
    words = "The email address and/or password you specified are not correct."
    for email in ("amy@example.com", "nobody@example.com"):
        assert words in sign_in(Client(), email, "wrong").content.decode()


# --- signing in and out ---------------------------------------------------------------------------------------------


def test_signing_in_and_out(world: World, browser: Client) -> None:
    response = sign_in(browser, "AMY@example.com", PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(browser)
    page = browser.get(reverse("account_logout")).content.decode()
    assert "<form" in page
    assert is_signed_in(browser), "a link must not sign anybody out"
    browser.post(reverse("account_logout"))
    assert not is_signed_in(browser)
    assert browser.get("/w/lotus-flowers/").status_code == 302


def test_signing_in_leads_back_to_the_page_that_asked(world: World, browser: Client) -> None:
    asked = browser.get("/w/lotus-flowers/?assignee=me")["Location"]
    assert browser.get(asked).status_code == 200
    response = browser.post(asked, {"login": "amy@example.com", "password": PASSWORD})
    assert response["Location"] == "/w/lotus-flowers/?assignee=me"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(world: World, browser: Client, target: str) -> None:
    response = browser.post(
        f"{reverse('account_login')}?next={target}", {"login": "amy@example.com", "password": PASSWORD, "next": target}
    )
    assert response["Location"] == "/"


def test_a_new_session_starts_with_the_sign_in(world: World, browser: Client) -> None:
    browser.get(reverse("account_login"))
    browser.get("/w/lotus-flowers/")
    before = browser.session.session_key
    sign_in(browser, "amy@example.com", PASSWORD)
    assert browser.session.session_key != before


def test_a_wrong_password_is_refused_in_words(world: World, browser: Client) -> None:
    response = sign_in(browser, "amy@example.com", "wrong")
    assert "not correct" in response.content.decode()
    assert "amy@example.com" in response.content.decode()
    assert not is_signed_in(browser)


def test_guessing_passwords_is_stopped(world: World, browser: Client) -> None:
    for _guess in range(5):
        assert "not correct" in sign_in(browser, "amy@example.com", "wrong").content.decode()
    refused = sign_in(browser, "amy@example.com", PASSWORD)
    assert "Too many failed login attempts" in refused.content.decode()
    assert not is_signed_in(browser)
    assert sign_in(Client(), "ben@example.com", PASSWORD).status_code == 302, "others are not locked out"


def test_the_admins_login_is_no_way_around_the_limit(world: World, browser: Client) -> None:
    """Django's own login form would let anybody try passwords without end, and unconfirmed addresses in."""
    url = reverse("admin:login")
    staff = User.objects.create_superuser("staff@example.com", PASSWORD, name="Staff")
    response = browser.get(url)
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))
    browser.post(url, {"username": staff.email, "password": PASSWORD})
    assert not is_signed_in(browser)


def test_a_deactivated_person_cannot_sign_in(world: World, browser: Client) -> None:
    User.objects.filter(pk=world.amy.user_id).update(is_active=False)
    sign_in(browser, "amy@example.com", PASSWORD)
    assert not is_signed_in(browser)


# --- a forgotten password -------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_by_mail(world: World, browser: Client) -> None:
    with one_mail_to("amy@example.com") as message:
        response = browser.post(reverse("account_reset_password"), {"email": "amy@example.com"})
    assert response["Location"] == reverse("account_reset_password_done")
    link = link_in(message)
    form = browser.get(link, follow=True)
    assert form.status_code == 200
    action = form.redirect_chain[-1][0]
    new = {"password1": "eleven green ladders", "password2": "eleven green ladders"}
    assert browser.post(action, new).status_code == 302
    assert "not correct" in sign_in(browser, "amy@example.com", PASSWORD).content.decode()
    assert sign_in(browser, "amy@example.com", new["password1"])["Location"] == "/"

    again = Client().get(link, follow=True)
    assert "password1" not in again.content.decode(), "the link works once"


def test_a_new_password_ends_sessions_elsewhere(world: World, browser: Client) -> None:
    sign_in(browser, "amy@example.com", PASSWORD)
    assert browser.get("/w/lotus-flowers/").status_code == 200
    amy = User.objects.get(email="amy@example.com")
    amy.set_password("eleven green ladders")
    amy.save()
    assert browser.get("/w/lotus-flowers/").status_code == 302


# --- another workspace ----------------------------------------------------------------------------------------------


def test_a_person_may_open_another_workspace(world: World, browser: Client) -> None:
    browser.force_login(world.amy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = browser.post(reverse("workspaces:new"), {"name": " Amy's Side Business "})
    assert response["Location"] == "/w/amys-side-business/"
    workspace = Workspace.objects.get(slug="amys-side-business")
    assert workspace.name == "Amy's Side Business"
    with scope(workspace.pk):
        assert Membership.objects.get().user == world.amy.user
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_workspace_needs_a_name(world: World, browser: Client, name: str) -> None:
    browser.force_login(world.amy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = browser.post(reverse("workspaces:new"), {"name": name})
    assert response.status_code == 422
    assert Workspace.objects.count() == 2
