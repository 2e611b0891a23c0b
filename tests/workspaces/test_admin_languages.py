"""The admin in Chinese: every noun, and every page as people read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from channels_adapters.registry import kinds
from inbox.connections.forms import ConnectionForm, VendorAppForm
from inbox.workspaces import audit_words
from inbox.workspaces.models import AuditEntry, Membership, User
from inbox.workspaces.tenancy import platform_scope
from tests.architecture.sources import sources
from tests.world import World

from .conftest import House

ClientOf = Callable[[Membership], Client]

LANGUAGES = ["zh-hant", "zh-hans"]
# The same in every language: names of things, and codes.
NAMES = {
    "API",
    "CSV",
    "HK",
    "ID",
    "MIME",
    "SHA-256",
    "Switchboard",
    "USD",
    "UTC",
    "webhook",
    "Webhook",
    "WhatsApp",
    "Messenger",
    "Instagram",
    "WeChat",
}
# What stands in the consoles of vendors, which are in English.
CONSOLES = {"API setup with Instagram login", "API setup", "App settings", "WhatsApp Business"}


@pytest.fixture
def staff(world: World) -> Client:
    person = User.objects.create_superuser("staff@example.com", name="員工")
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def nouns(model: type[models.Model], model_admin: Any, request: Any) -> Iterator[tuple[str, str]]:
    """Every noun of a model's pages, with where it stands."""
    options = model._meta
    yield "app", apps.get_app_config(options.app_label).verbose_name
    yield "name", options.verbose_name or ""
    yield "plural", options.verbose_name_plural or ""
    for column in model_admin.get_list_display(request):
        yield f"column {column}", label_for_field(column, model, model_admin)
    for name, (_function, _name, description) in model_admin.get_actions(request).items():
        yield f"action {name}", description
    for each in model_admin.get_list_filter(request):
        title = each.title if isinstance(each, type) else options.get_field(each).verbose_name
        yield f"filter {each}", title
    form = model_admin.get_form(request, None, change=True)
    has_channel = issubclass(form, (ConnectionForm, VendorAppForm))
    fields = form(instance=model(channel="wechat") if has_channel else model()).fields
    for name, field in fields.items():
        yield f"label {name}", field.label or options.get_field(name).verbose_name
        yield f"help {name}", field.help_text
    shown = [name for _title, section in model_admin.get_fieldsets(request, None) for name in section["fields"]]
    for name in {*shown, *model_admin.get_readonly_fields(request)} - set(fields):
        yield f"field {name}", label_for_field(name, model, model_admin)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_noun_of_the_admin_is_translated(language: str, db: None) -> None:
    request = RequestFactory().get("/admin/?channel=wechat")
    request.user = User(is_superuser=True, is_active=True)
    said = {}
    for tongue in ("en", language):
        with translation.override(tongue), platform_scope("test"):
            said[tongue] = {
                (model._meta.label, place): str(text)
                for model, model_admin in admin.site._registry.items()
                for place, text in nouns(model, model_admin, request)
            }
    assert len(said["en"]) > 300
    same = {place: text for place, text in said[language].items() if text and text == said["en"][place]}
    assert {place: text for place, text in same.items() if text not in NAMES} == {}


def english(html: str) -> set[str]:
    """Return what a page says in two or more English words in a row: in its texts, and by which it names things."""
    page = re.sub(r"<(script|style|svg|textarea)\b.*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    page = re.sub(r'<span class="material-symbols[^>]*>[^<]*</span>', "", page)
    page = page[page.index("<body") :]
    names = re.findall(r"\s(?:title|aria-label|placeholder|alt)=\"([^\"]*)\"", page)
    found = set()
    bare = re.sub(r"<[^>]+>", "\n", re.sub(r'="[^"]*"', "", page))
    for text in (*bare.split("\n"), *names):
        for run in re.findall(r"[A-Za-z][A-Za-z'’-]+(?:[ ,:]+[A-Za-z][A-Za-z'’-]+)+", text):
            if set(re.split(r"[ ,:]+", run)) - NAMES:
                found.add(run)
    return found


def data_of(*houses: House) -> re.Pattern[str]:
    """What people typed and vendors said, which is in their language."""
    people = ["Olivia Owner", "Amy Agent", "Ben Agent", "Sam Stranger", "Lotus Flowers", "Other Bakery"]
    words = [*people, "Shared Meta app", *CONSOLES, *(word for house in houses for word in house.words)]
    known = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?:[A-Z]\w+ (?:of|on|to) )?(?:{known})")


def pages(browser: Client) -> Iterator[tuple[str, str]]:
    """Every page that the person can open, in the language of the browser."""
    addresses = [reverse("admin:index"), reverse("admin:password_change"), reverse("admin:pricing_import")]
    addresses += [f"{reverse('admin:connections_connection_add')}?channel={kind.value}" for kind in kinds()]
    addresses += [reverse("admin:connections_connection_add"), f"{reverse('admin:connections_apicall_changelist')}?q=1"]
    addresses += [reverse(f"admin:{name}_add") for name in ("workspaces_team", "pricing_platformrate")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{name}_changelist"))
        with platform_scope("test"):
            addresses += [
                reverse(f"{name}_change", args=[pk])
                for pk in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:1]
            ]
    addresses.append(addresses[-1].replace("change", "history"))
    for address in addresses:
        response = browser.get(address)
        if response.status_code == 200:
            yield address, response.content.decode()


@pytest.mark.parametrize(("who", "language"), [("owner", "zh-hant"), ("staff", "zh-hans")])
def test_every_page_of_the_admin_is_chinese(
    world: World, lotus_house: House, client_of: ClientOf, staff: Client, who: str, language: str
) -> None:
    browser = staff
    if who == "owner":
        browser = client_of(world.olivia)
        browser.get(reverse("enter_admin", args=[world.lotus.slug]))
    browser.cookies["django_language"] = language
    typed = data_of(lotus_house)
    found = {}
    for address, html in pages(browser):
        assert f'lang="{language}"' in html
        if left := english(typed.sub("", html)):
            found[address] = left
    assert found == {}


def verbs() -> set[str]:
    """Every verb that the product writes as one word."""
    return {
        keyword.value.value
        for module in sources("inbox")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "verb" and isinstance(keyword.value, ast.Constant)
    }


def test_the_audit_log_has_words_for_what_is_done(lotus_house: House, world: World, client_of: ClientOf) -> None:
    with platform_scope("test"):
        written = set(AuditEntry.objects.values_list("verb", flat=True))
        subjects = set(AuditEntry.objects.values_list("subject", flat=True))
    assert len(verbs()) > 50
    assert (verbs() | written) - set(audit_words.VERBS) == set()
    assert {each for each in subjects if audit_words.subject_words(each) == each} == set()
    assert audit_words.verb_words("long.gone") == "long.gone"
    assert audit_words.subject_words("long.gone:7") == "long.gone:7"
    browser = client_of(world.olivia)
    browser.get(reverse("enter_admin", args=[world.lotus.slug]))
    filtered = browser.get(f"{reverse('admin:workspaces_auditentry_changelist')}?verb=note.added").content.decode()
    rows = re.findall(r'<td[^>]*class="[^"]*field-words[^"]*"[^>]*>\s*([^<]*?)\s*<', filtered)
    assert set(rows) == {"added a note"}
