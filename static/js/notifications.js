// The bell: how much is unread, and the list behind it. A signal only says that there is something; this asks what.
// Of several tabs one sounds, and the screen shows it only while nobody looks at this one.
import { chime } from "./chime.js";
import { csrfToken } from "./csrf.js";
import { byId, onContent } from "./page.js";
import { localise } from "./times.js";
import { paintTitle } from "./unread.js";

const TOGETHER_MS = 200; // several signals are one question
const FIRST = "notifications-told"; // up to which position one of the tabs has told
const HTMX = { "HX-Request": "true" };

let position = "";
let timer = 0;
let isAsking = false;
let isIntroduced = false;

function soon(delay = TOGETHER_MS) {
  timer ||= setTimeout(ask, delay);
}

async function ask() {
  timer = 0;
  if (isAsking) return soon();
  isAsking = true;
  try {
    const url = new URL(byId("bell").dataset.newsUrl, location);
    if (position) url.searchParams.set("after", position);
    const answer = await fetch(url, { headers: HTMX });
    if (!answer.ok) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    ring(told.getElementById("bell"));
    await call([...told.querySelectorAll(".call")]);
  } catch {
    // No connection: the socket asks again when it is back.
  } finally {
    isAsking = false;
  }
}

function ring(fresh) {
  if (!fresh) return;
  const isChanged = fresh.dataset.position !== position || fresh.dataset.count !== byId("bell").dataset.count;
  position = fresh.dataset.position;
  const hadFocus = document.activeElement === byId("bell");
  byId("bell").replaceWith(fresh);
  htmx.process(fresh);
  if (hadFocus) fresh.focus();
  paintTitle();
  badge(Number(fresh.dataset.count));
  if (isChanged && isOpen()) htmx.trigger("#centre", "notifications-changed");
  introduce(fresh.dataset.introductionUrl);
}

/** The number on the icon of an installed page. */
function badge(count) {
  if (count) navigator.setAppBadge?.(count).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

async function call(calls) {
  if (!calls.length || !(await isFirst())) return;
  if (calls.some((each) => "sounds" in each.dataset)) chime();
  if (document.visibilityState === "visible") return;
  for (const each of calls) if ("shows" in each.dataset) show(each);
}

function isFirst() {
  const here = position;
  const claim = () => {
    if ((localStorage.getItem(FIRST) ?? "") >= here) return false;
    localStorage.setItem(FIRST, here);
    return true;
  };
  return navigator.locks ? navigator.locks.request(FIRST, claim) : claim();
}

function show({ textContent, dataset }) {
  if (globalThis.Notification?.permission !== "granted") return;
  try {
    const shown = new Notification(textContent, { body: dataset.text, tag: dataset.tag });
    shown.onclick = () => {
      focus();
      shown.close();
      location.assign(dataset.url);
    };
  } catch {
    // Some phones only take them from a service worker, which is what a registered device is for.
  }
}

/** Say once in which zone and language this person reads, for e-mails and devices. */
function introduce(url) {
  if (!url || isIntroduced) return;
  isIntroduced = true;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  fetch(url, {
    method: "POST",
    headers: { ...HTMX, "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ zone: timeZone }),
  }).catch(() => {});
}

const isOpen = () => Boolean(byId("notification-centre")?.matches(":popover-open"));

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "notification-centre" && target.id !== "centre") return;
  const sheet = byId("notification-centre");
  localise(sheet);
  if (!isOpen()) sheet.showPopover();
});

document.addEventListener("htmx:wsBeforeMessage", ({ detail }) => {
  if (!detail.message.startsWith("{")) return;
  const { type } = JSON.parse(detail.message);
  if (type === "notifications" || type === "ready") soon();
});

// Whoever looks at a chat has read what was told of it.
document.addEventListener("chat-read", () => soon());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") soon();
});

let bell = null; // the one in the page: each is asked for once, whatever the answer was
onContent(() => {
  if (byId("bell") === bell) return;
  bell = byId("bell");
  if (bell && !bell.dataset.position) soon();
});
