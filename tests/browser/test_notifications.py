"""An agent is told while she works elsewhere: the bell, the title, the screen and the list behind the bell; and with no page
open, by the service worker.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, Worker, expect

from inbox.notifications.actions import _push, notify_changes
from inbox.notifications.models import Device, Habits, Notification, Standing
from inbox.workspaces.tenancy import scope
from tests.notifications import push_service
from tests.notifications.conftest import URL, give
from tests.notifications.test_notifying import mention
from tests.processes import until
from tests.world import World, room_with

from .conftest import BROKEN_LINES, Stage

pytestmark = pytest.mark.django_db(transaction=True)

LISTEN = """
window.shown = []; window.sounded = 0; window.badge = 0;
navigator.setAppBadge = async (count) => { window.badge = count; };
navigator.clearAppBadge = async () => { window.badge = 0; };
window.Notification = class {
  static permission = "granted";
  constructor(title, { body }) { window.shown.push([title, body]); }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.sounded += 1; start.apply(this, when); };
"""
LISTEN_TO_LOOKS = """
window.channel = new BroadcastChannel("notifications-looked");
window.channel.onmessage = () => { window.looks += 1; };
window.looks = 0;
"""
KNOWS = "#bell[data-position]:not([data-position=''])"  # what is told by now; it rings for what comes after
LOOK_AWAY = 'Object.defineProperty(document, "visibilityState", { get: () => "hidden" })'


def test_the_bell_rings_for_what_concerns_an_agent(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Do you have roses?")
    other = room_with(world, "Tulips?", phone="85290000008", name="Wong Siu Ming")
    notify_changes()
    amy = stage.agent(world.amy)
    amy.add_init_script(LISTEN)
    amy.goto(f"/w/lotus-flowers/rooms/{other.pk}/")
    amy.wait_for_selector("html[data-socket=open]")
    expect(amy.locator(".bell-count")).to_contain_text("2")
    expect(amy).to_have_title(re.compile(r"^\(1\) Wong Siu Ming"))
    amy.locator("#thread").click()

    give(world.olivia, room, world.amy)
    mention(world.olivia, room, "@Amy: she wants peonies")
    notify_changes()
    expect(amy.locator(".bell-count")).to_contain_text("3")
    expect(amy).to_have_title(re.compile(r"^\(3\) Wong Siu Ming"))
    until(lambda: amy.evaluate("window.sounded") == 2)
    assert amy.evaluate("window.shown") == [], "she looks at the page"
    assert amy.evaluate("window.badge") == 3
    until(lambda: ">3</text>" in unquote(amy.locator("link[rel=icon]").get_attribute("href") or ""))

    amy.evaluate(LOOK_AWAY)
    room_with(world, "Are you there?")
    notify_changes()
    expect(amy.locator(".bell-count")).to_contain_text("4")
    until(lambda: amy.evaluate("window.shown.length") == 1)
    assert amy.evaluate("window.shown[0]") == ["Chan Tai Man wrote", "2 new messages · Are you there?"]
    told = amy.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('notifications-told'))")
    assert told == [f"notifications-told:{world.amy.pk}"], "tabs of another workspace tell of their own"

    amy.locator("#bell").click()
    lines = amy.locator("#notification-centre .notification[data-unread]")
    expect(lines).to_have_count(4)
    expect(lines.filter(has_text="Olivia Owner mentioned you")).to_contain_text("@Amy: she wants peonies")
    amy.get_by_role("button", name="Mark all as read").click()
    expect(lines).to_have_count(0)
    expect(amy.locator(".bell-count")).to_be_hidden()
    expect(amy).to_have_title(re.compile(r"^\(2\) Wong Siu Ming"))
    amy.locator("#notification-centre a", has_text="Chan Tai Man wrote").click()
    amy.wait_for_url(f"**/rooms/{room.pk}/")


def test_a_sound_is_repeated_until_its_agent_has_looked(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Do you have roses?")
    with scope(world.lotus.pk):
        Habits.objects.create(workspace=world.lotus, member=world.amy, repeats=True, tone="rise")
    amy = stage.agent(world.amy)
    amy.add_init_script(LISTEN)
    amy.clock.install()
    amy.goto("/w/lotus-flowers/")
    amy.wait_for_selector("html[data-socket=open]")
    amy.wait_for_selector(KNOWS)
    amy.locator("#room").click()
    give(world.olivia, room, world.amy)
    notify_changes()
    until(lambda: amy.evaluate("window.sounded") == 3)
    with scope(world.lotus.pk):
        Habits.objects.update(tone="soft")  # for a bell that may still be asked for
    amy.evaluate("document.getElementById('bell').dataset.tone = 'soft'")
    amy.clock.fast_forward(31_000)
    until(lambda: amy.evaluate("window.sounded") == 5)

    other = amy.context.new_page()
    other.goto("/w/lotus-flowers/")
    other.wait_for_selector("html[data-socket=open]")
    amy.evaluate(LISTEN_TO_LOOKS)
    other.locator("#bell").click()
    until(lambda: amy.evaluate("window.looks"))
    other.close()
    sounded = amy.evaluate("window.sounded")
    amy.clock.fast_forward(31_000)
    assert amy.evaluate("window.sounded") == sounded, "she has looked in another tab"

    amy.locator("#bell").click()
    amy.get_by_role("button", name="Until I turn them back on").click()
    expect(amy.locator("#bell[data-paused]")).to_have_attribute("title", "Notifications (paused)")
    expect(amy.get_by_role("button", name="Resume notifications")).to_be_visible()
    amy.clock.fast_forward(31_000)
    mention(world.olivia, room, "@Amy: she wants peonies")
    notify_changes()
    expect(amy.locator(".bell-count")).to_contain_text("3")
    told = f"notifications-told:{world.amy.pk}"
    amy.evaluate("told => navigator.locks.request(told, () => {})", told)  # behind whatever this page still tells
    assert amy.evaluate("window.sounded") == sounded, "neither again nor anew"
    amy.get_by_role("button", name="Resume notifications").click()
    expect(amy.locator("#bell[data-paused]")).to_have_count(0)
    expect(amy.get_by_role("button", name="Resume notifications")).to_be_hidden()


# --- the service worker ----------------------------------------------------------------------------------------------

SHOWN = "registration.getNotifications().then(all => all.map(({ title, data }) => [title, data.url]))"
# A tap, as far as a script can make one: the event that the browser would send.
TAP = """async () => {
  const [notification] = await registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  let work;
  event.waitUntil = (promise) => { work = promise; };
  dispatchEvent(event);
  await work;
}"""
KEPT_IN = """async (language) => {
  const kept = await caches.match("/offline/");
  return (await kept?.text())?.includes(`<html lang="${language}"`);
}"""


def worker_of(page: Page) -> Worker:
    """Load a page with its service worker at work."""
    page.goto("/w/lotus-flowers/")
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    page.reload()  # a worker looks after the pages that came after it
    page.wait_for_selector("html[data-socket=open]")
    return page.context.service_workers[0]


def payload_of(world: World, room_id: int) -> tuple[str, str]:
    """What is pushed of a chat, and where it leads."""
    with scope(world.lotus.pk):
        notification = Notification.objects.get(member=world.amy, chatroom=room_id, kind="assigned")
        return _push._payload(notification, Habits(), world.lotus.slug).decode(), f"{URL}{notification.pk}/"


def test_a_push_is_shown_with_no_page_open_and_leads_to_its_chat(stage: Stage, whole_chromium: Browser) -> None:
    stage.chromium = whole_chromium
    room = room_with(stage.world, "Do you have roses?")
    give(stage.world.olivia, room, stage.world.amy)
    notify_changes()
    page = stage.agent(stage.world.amy, permissions=["notifications"])
    worker = worker_of(page)
    blank = page.context.new_page()
    devtools = page.context.new_cdp_session(blank)
    known: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    until(lambda: blank.evaluate("1") and known)
    page.close()
    content, url = payload_of(stage.world, room.pk)
    push = {"origin": stage.web.url, "registrationId": known[0]["registrationId"], "data": content}
    devtools.send("ServiceWorker.deliverPushMessage", push)
    shown: list[list[str]] = []
    until(lambda: shown.extend(worker.evaluate(SHOWN)) or shown)
    assert shown == [["A chat was given to you", url]]

    blank.goto("/w/lotus-flowers/")
    blank.wait_for_selector("html[data-socket=open]")
    worker.evaluate(TAP)
    blank.wait_for_url(f"**/rooms/{room.pk}/")
    until(lambda: worker.evaluate(SHOWN) == [])


def test_the_page_without_a_connection_speaks_the_language_that_was_chosen_last(stage: Stage) -> None:
    page = stage.agent(stage.world.amy)
    worker_of(page)
    until(lambda: page.evaluate(KEPT_IN, "en"))
    page.locator(".workspace-name").click()
    page.get_by_role("button", name="繁體中文").click()
    page.wait_for_selector("html[lang=zh-hant][data-socket=open]")
    until(lambda: page.evaluate(KEPT_IN, "zh-hant"))
    stage.web.kill()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hant")
    expect(page.locator("h1")).to_be_visible()
    stage.web.start()
    stage.forgive(BROKEN_LINES)


# --- devices ---------------------------------------------------------------------------------------------------------

# A browser with a push service, which is somebody else's: addresses come and go.
SUBSCRIBING = """
Object.defineProperty(Notification, "permission", { get: () => "granted" });
Notification.requestPermission = async () => "granted";
const subscribed = () => {
  const endpoint = localStorage.getItem("endpoint");
  const toJSON = () => ({ endpoint, keys: KEYS });
  return endpoint && { endpoint, toJSON, unsubscribe: async () => localStorage.removeItem("endpoint") };
};
PushManager.prototype.getSubscription = async () => subscribed();
PushManager.prototype.subscribe = async () => {
  if (!subscribed()) localStorage.setItem("endpoint", `https://fcm.googleapis.com/${crypto.randomUUID()}`);
  return subscribed();
};
"""
SLOW_TO_REMEMBER = """
const put = Cache.prototype.put;
Cache.prototype.put = async function (...kept) {
  await new Promise((done) => setTimeout(done, 500));
  return put.apply(this, kept);
};
"""
ENDPOINT_AFTERWARDS = "navigator.locks.request('devices', () => localStorage.getItem('endpoint'))"
MOVE = """async (keys) => {
  const endpoint = "https://fcm.googleapis.com/moved";
  registration.pushManager.subscribe = async () => ({ endpoint, toJSON: () => ({ endpoint, keys }) });
  const event = new ExtendableEvent("pushsubscriptionchange");
  let work;
  event.waitUntil = (promise) => { work = promise; };
  dispatchEvent(event);
  await work;
}"""


def told_at(world: World) -> list[str]:
    with scope(world.lotus.pk):
        return [device.secrets["endpoint"] for device in Device.objects.filter(standing=Standing.TOLD)]


def test_a_device_that_was_lost_is_registered_again_and_one_that_was_removed_is_not(stage: Stage) -> None:
    world = stage.world
    browser = push_service.Browser("")
    keys = {"p256dh": push_service.text_of(browser.public), "auth": push_service.text_of(browser.secret)}
    amy = stage.agent(world.amy)
    amy.add_init_script(SUBSCRIBING.replace("KEYS", str(keys)))
    amy.goto(f"{URL}preferences/")
    amy.get_by_role("button", name="Tell me on this device").click()
    expect(amy.locator(".device")).to_contain_text("(this browser)")
    expect(amy.get_by_role("button", name="Tell me on this device")).to_be_hidden()
    (first,) = told_at(world)

    with scope(world.lotus.pk):
        Device.objects.update(standing=Standing.LOST)  # the push service knows it no more
    amy.reload()
    expect(amy.locator(".device")).to_contain_text("Not reached any more")
    expect(amy.locator("#device-lost")).to_contain_text("is not told any more")
    worker = worker_of(amy)
    until(lambda: amy.evaluate("1") and told_at(world) not in ([], [first]))
    second = amy.evaluate(ENDPOINT_AFTERWARDS)
    assert told_at(world) == [second]

    def come_back() -> None:
        amy.evaluate("sessionStorage.clear()")
        amy.goto("/w/lotus-flowers/")

    gone = {"status": 404, "content_type": "text/html", "body": "<p>Gone</p>"}  # which is no word of ours
    amy.route("**/devices/renewal/", lambda route: route.fulfill(**gone))
    with amy.expect_response("**/devices/renewal/"):
        come_back()
    assert amy.evaluate(ENDPOINT_AFTERWARDS) == second
    amy.unroute("**/devices/renewal/")

    with scope(world.lotus.pk):
        Device.objects.all().delete()
    amy.add_init_script(SLOW_TO_REMEMBER)  # though the server knows the device by then, the worker waits for the page
    come_back()
    until(lambda: amy.evaluate("1") and told_at(world) not in ([], [second]))

    worker.evaluate("caches.open('devices').then((kept) => kept.put('/devices/0', new Response('broken')))")
    worker.evaluate(MOVE, keys)
    assert told_at(world) == ["https://fcm.googleapis.com/moved"]
    amy.evaluate("localStorage.setItem('endpoint', 'https://fcm.googleapis.com/moved')")

    amy.goto(f"{URL}preferences/")
    amy.get_by_role("button", name="Remove").click()
    expect(amy.locator(".device")).to_have_count(0)
    with amy.expect_response("**/devices/renewal/") as answer:
        come_back()
    assert answer.value.status == 410
    assert told_at(world) == []
    until(lambda: amy.evaluate("1") and "410" in str(stage.complaints))
    stage.forgive("404|410")
