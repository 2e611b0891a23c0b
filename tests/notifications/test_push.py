"""Pushes: what leaves only the browser can read, it says no more than its member wants, and devices come and go."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from pytest_django import Settings

from inbox.chatrooms.models import Chatroom
from inbox.lib import clock, web_push
from inbox.lib.crypto import Secrets
from inbox.notifications.actions import _push, mark_all_read, notify_changes, push_due
from inbox.notifications.actions._devices import Subscription, drop_device, private_key, public_key, renew_device
from inbox.notifications.models import Device, Habits, Notification, PushKey, Standing
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, room_with

from .conftest import URL, give
from .push_service import Browser, PushService, bytes_of, claims_of, push_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    with push_service() as service:
        settings.PUSH_SERVICES = [service.url]
        yield service


@pytest.fixture
def phone(amy: Client, service: PushService) -> Browser:
    """A device on which Amy is signed in and wants to be told."""
    browser = service.subscribe()
    assert amy.post(f"{URL}devices/", service.form(browser), headers={"User-Agent": AGENT}).status_code == 204
    return browser


AGENT = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"


def devices(world: World) -> list[Device]:
    """Those that are told."""
    with scope(world.lotus.pk):
        return list(Device.objects.filter(standing=Standing.TOLD).order_by("pk"))


def waiting(world: World) -> list[datetime]:
    with scope(world.lotus.pk):
        return list(Notification.objects.filter(push_at__isnull=False).values_list("push_at", flat=True))


def test_the_example_of_the_standard() -> None:
    """RFC 8291, section 5."""
    receiver = web_push.Receiver.of(
        "https://push.example/1",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    number = int.from_bytes(bytes_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    body = web_push.encrypt(
        b"When I grow up, I want to be a watermelon",
        receiver,
        salt=bytes_of("DGv6ra1nlYgDCS1FRnbzlw"),
        key=ec.derive_private_key(number, ec.SECP256R1()),
    )
    assert web_push.to_base64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    with pytest.raises(ValueError, match="longer"):
        web_push.encrypt(b"x" * (web_push.LONGEST + 1), receiver)


def test_a_push_reaches_the_device_once_and_says_nothing_of_the_customer(
    world: World, room: Chatroom, service: PushService, phone: Browser
) -> None:
    notify_changes()
    assert push_due() == 2
    assert push_due() == 0
    assert {push["title"] for push in phone.told} == {"A chat was given to you", "A customer wrote in a chat of yours"}
    assert all(push["body"] == "" and "Chan" not in str(push) for push in phone.told)
    claims = claims_of(phone.headers[0])
    assert (claims["aud"], claims["key"]) == (service.url, public_key())
    assert claims["sub"].startswith("mailto:")
    assert 0 < claims["exp"] - clock.now().timestamp() <= 24 * 60 * 60
    headers = phone.headers[0]
    assert (headers["Content-Encoding"], headers["TTL"], len(headers["Topic"])) == ("aes128gcm", "3600", 32)
    (device,) = devices(world)
    assert (device.name, device.pushed_at is not None) == ("Chrome · Android", True)
    assert service.url not in repr(device.secrets)


def test_with_consent_it_says_who_and_what_in_the_members_language(
    world: World, room: Chatroom, phone: Browser
) -> None:
    with scope(world.lotus.pk):
        Habits.objects.create(workspace=world.lotus, member=world.amy, shows_words=True, language="zh-hant")
    room_with(world, "還有嗎？" * 100)
    notify_changes()
    push_due()
    written = next(push for push in phone.told if "還有嗎" in push["body"])
    assert "Chan Tai Man" in written["title"]
    assert written["url"].startswith(URL)


@pytest.mark.parametrize(
    ("status", "is_kept", "is_tried_again"),
    [
        (404, False, False),
        (410, False, False),
        (429, True, True),
        (500, True, True),
        (400, True, False),
        (301, True, False),
    ],
)
def test_what_a_push_service_answers(
    world: World, room: Chatroom, phone: Browser, status: int, *, is_kept: bool, is_tried_again: bool
) -> None:
    phone.status = status
    notify_changes()
    assert push_due() == 0
    assert (len(devices(world)), len(waiting(world))) == (is_kept, 2 * is_tried_again)
    assert all(at > clock.now() for at in waiting(world)), "after a pause"
    for _ in range(4):
        with scope(world.lotus.pk):
            Notification.objects.filter(push_at__isnull=False).update(push_at=clock.now())
        push_due()
    assert waiting(world) == [], "not for ever"


def test_a_service_that_does_not_answer_is_asked_again(
    world: World, room: Chatroom, amy: Client, settings: Settings
) -> None:
    with push_service() as service:
        settings.PUSH_SERVICES = [service.url]
        assert amy.post(f"{URL}devices/", service.form(service.subscribe())).status_code == 204
    notify_changes()
    assert (push_due(), len(waiting(world))) == (0, 2)


def test_what_was_read_or_is_old_or_comes_at_night_is_not_pushed(world: World, room: Chatroom, phone: Browser) -> None:
    notify_changes()
    with scope(world.lotus.pk):
        mark_all_read(member=world.amy)
    push_due()
    room_with(world, "Old")
    notify_changes()
    with scope(world.lotus.pk):
        Notification.objects.filter(push_at__isnull=False).update(happened_at=clock.now() - timedelta(hours=2))
    push_due()
    room_with(world, "At night")
    notify_changes()
    with scope(world.lotus.pk):
        Habits.objects.create(
            workspace=world.lotus,
            member=world.amy,
            quiet_from=(clock.now() - timedelta(hours=1)).time(),
            quiet_until=(clock.now() + timedelta(hours=1)).time(),
        )
    push_due()
    assert (phone.told, waiting(world)) == ([], [])


def test_a_device_is_told_while_its_member_is_signed_in_there(
    world: World,
    room: Chatroom,
    amy: Client,
    service: PushService,
    phone: Browser,
    client_of: Callable[[Membership], Client],
) -> None:
    amy.logout()
    notify_changes()
    assert (push_due(), phone.told) == (0, [])
    again = client_of(world.amy)
    assert again.post(f"{URL}devices/renewal/", {"endpoint": service.url + phone.path}).status_code == 204
    room_with(world, "Hello?")
    notify_changes()
    assert push_due() == 1
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(is_active=False)
        Notification.objects.update(push_at=clock.now())
    assert push_due() == 0
    with scope(world.lotus.pk):
        Device.objects.update(created_at=clock.now() - timedelta(days=31))
        Notification.objects.update(push_at=clock.now())
    push_due()
    assert devices(world) == []


def test_only_known_services_and_whole_keys_are_taken(world: World, amy: Client, service: PushService) -> None:
    form = service.form(service.subscribe())
    for wrong in (
        {"endpoint": "http://169.254.169.254/latest/meta-data"},
        {"endpoint": service.url.replace("http://", "http://user@") + "/x"},
        {"endpoint": f"{service.url}.evil.example/x"},
        {"endpoint": "http://[/"},
        {"endpoint": f"{service.url}/x\ty"},
        {"endpoint": f"{service.url}/x y"},
        {"endpoint": f"{service.url}/ü"},
        {"endpoint": f"{service.url}\\@evil.example/x"},
        {"endpoint": ""},
        {"endpoint": form["endpoint"] + "x" * 1000},
        {"p256dh": "AAAA"},
        {"p256dh": "ü"},
        {"auth": "AAAA"},
    ):
        answer = amy.post(f"{URL}devices/", {**form, **wrong})
        assert (answer.status_code, b"browser" in answer.content) == (422, True), wrong
    assert amy.post(f"{URL}devices/renewal/", form).status_code == 404
    assert devices(world) == []
    assert amy.post(f"{URL}devices/", form).status_code == 204
    elsewhere = {**form, "was": form["endpoint"], "endpoint": "https://evil.example/x"}
    assert amy.post(f"{URL}devices/renewal/", elsewhere).status_code == 422
    assert [device.secrets["endpoint"] for device in devices(world)] == [form["endpoint"]]


def test_known_services_may_stand_for_a_domain(
    world: World, amy: Client, service: PushService, settings: Settings
) -> None:
    settings.PUSH_SERVICES = ["https://*.push.example"]
    form = service.form(service.subscribe())
    answers = [
        amy.post(f"{URL}devices/", {**form, "endpoint": f"{start}/x"}).status_code
        for start in (
            "https://web.push.example",
            "https://push.example",
            "https://a.web.push.example",
            "http://web.push.example",
            "https://web.push.example:443",
            "https://web.push.example:8443",
            "https://user@web.push.example",
            "https://.push.example",
            "https://xn--a.push.example",
        )
    ]
    assert answers == [204, *[422] * 8]


def test_devices_that_cannot_be_told_stop_nobody_elses_pushes(
    world: World, room: Chatroom, service: PushService, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    (known,) = devices(world)
    with socket.create_server(("127.0.0.1", 0)) as silent, scope(world.lotus.pk):
        for digest, wrong in {
            "unreadable": {"endpoint": f"{service.url}/\x07"},
            "nowhere": {"endpoint": "https://xn--a.push.example/x"},
            "keyless": {"auth": "AAAA"},
            "silent": {"endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}/x"},
        }.items():
            secrets = Secrets({**known.secrets, **wrong})
            Device.objects.create(workspace=world.lotus, member=world.amy, digest=digest, secrets=secrets)
        monkeypatch.setattr(_push, "BATCH_SECONDS", 1.0)
        notify_changes()
        began = time.monotonic()
        assert push_due() == len(phone.told) == 2
        assert time.monotonic() - began < _push.TIMEOUT_SECONDS
    assert [device.digest for device in devices(world)] == [known.digest, "keyless", "silent"]
    assert waiting(world) == [], "the member was reached"


def test_the_same_browser_is_one_device_and_only_its_member_removes_it(
    world: World,
    amy: Client,
    stranger: Client,
    service: PushService,
    phone: Browser,
    client_of: Callable[[Membership], Client],
) -> None:
    amy.post(f"{URL}devices/", service.form(phone))
    (device,) = devices(world)
    page = amy.get(f"{URL}preferences/").content.decode()
    assert f"devices/{device.pk}/deletion/" in page
    assert public_key() in page
    for browser, start in ((client_of(world.ben), URL), (stranger, URL), (stranger, "/w/other-bakery/notifications/")):
        assert browser.post(f"{start}devices/{device.pk}/deletion/").status_code == 404
        browser.post(f"{start}devices/renewal/", {"endpoint": service.url + phone.path})
    assert devices(world)[0].secrets == device.secrets
    assert amy.post(f"{URL}devices/{device.pk}/deletion/").status_code == 302
    assert devices(world) == []


def test_a_device_that_was_lost_or_has_moved_is_told_again_but_not_one_that_was_removed(
    world: World,
    room: Chatroom,
    amy: Client,
    service: PushService,
    phone: Browser,
    client_of: Callable[[Membership], Client],
) -> None:
    def pushed(text: str) -> int:
        room_with(world, text)
        notify_changes()
        return push_due()

    def settings_page() -> str:
        return amy.get(f"{URL}preferences/").content.decode()

    renewal, adding = f"{URL}devices/renewal/", f"{URL}devices/"
    fresh, moved = service.subscribe(), service.subscribe()
    old, new, newest = service.form(phone), service.form(fresh), service.form(moved)
    phone.status = 410
    assert pushed("Gone") == 0
    assert "Not reached any more" in settings_page()

    unknown = amy.post(renewal, {**old, "was": old["endpoint"]})
    assert (unknown.status_code, unknown.content.decode()) == (404, public_key())
    assert amy.post(adding, {**new, "was": old["endpoint"]}).status_code == 204
    assert (pushed("Registered again"), len(fresh.told)) == (1, 1)
    assert "Not reached any more" not in settings_page()

    assert client_of(world.ben).post(renewal, {**newest, "was": new["endpoint"]}).status_code == 404
    assert amy.post(renewal, {**newest, "was": new["endpoint"]}).status_code == 204
    assert (pushed("Moved"), len(moved.told), len(fresh.told)) == (1, 1, 1)

    (device,) = devices(world)
    amy.post(f"{URL}devices/{device.pk}/deletion/")
    assert amy.post(renewal, {**newest, "was": newest["endpoint"]}).status_code == 410
    assert amy.post(renewal, {**new, "was": newest["endpoint"]}).status_code == 410
    with scope(world.lotus.pk):
        assert [dict(each.secrets) for each in Device.objects.all()] == [{}]
    assert (pushed("Removed"), f"devices/{device.pk}/" in settings_page()) == (0, False)
    assert amy.post(f"{URL}devices/{device.pk}/deletion/").status_code == 404
    assert amy.post(adding, newest).status_code == 204
    assert pushed("Asked for again") == 1


@pytest.mark.parametrize("standing", [Standing.REMOVED, Standing.TOLD])
def test_what_is_done_to_a_device_while_it_is_told_stays(
    world: World,
    room: Chatroom,
    service: PushService,
    phone: Browser,
    monkeypatch: pytest.MonkeyPatch,
    standing: Standing,
) -> None:
    (device,) = devices(world)
    old, new = Subscription(**service.form(phone)), Subscription(**service.form(service.subscribe()))
    session, settle = device.secrets["session"], _push._settle

    def meanwhile(*args: Any) -> int:
        if standing == Standing.REMOVED:
            drop_device(member=world.amy, device=device)
        else:
            renew_device(member=world.amy, was=old.endpoint, subscription=new, session_key=session)
        return settle(*args)

    phone.status = 410
    notify_changes()
    with monkeypatch.context() as patch:
        patch.setattr(_push, "_settle", meanwhile)
        assert push_due() == 0
    with scope(world.lotus.pk):
        assert Device.objects.get().standing == standing
    room_with(world, "And now?")
    notify_changes()
    assert push_due() == (standing == Standing.TOLD)


def test_the_key_is_made_once_and_kept_secret(world: World) -> None:
    key = private_key()
    with scope(world.lotus.pk):
        assert private_key() == key
        assert PushKey.objects.count() == 0, "it belongs to no workspace"
    with platform_scope("test"):
        (row,) = PushKey.objects.all()
        assert key not in repr(row.secrets)


def test_a_stranger_is_told_nothing_of_this(
    world: World, room: Chatroom, service: PushService, stranger: Client
) -> None:
    browser = service.subscribe()
    theirs = "/w/other-bakery/notifications/devices/"
    assert stranger.post(theirs, service.form(browser)).status_code == 204
    give(world.olivia, room, world.ben)
    notify_changes()
    push_due()
    assert browser.told == []
    room_with(world, "Bread?", connection=world.oven)
    notify_changes()
    push_due()
    assert browser.told == [], "by default a chat that nobody has is not pushed"
