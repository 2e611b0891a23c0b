// The bell: how much is unread, and the list behind it. A signal says the number; what is shown on the screen is asked for.
// Of several tabs one sounds, and the screen shows it only while nobody looks at this one.
import { chime, hush, insist } from "./chime.js";
import { asking, writing } from "./csrf.js";
import { paced } from "./pace.js";
import { byId, onContent } from "./page.js";
import { read, write } from "./storage.js";
import { paintAppIcon } from "./tab-icon.js";
import { localise } from "./times.js";
import { paintTitle } from "./unread.js";

const TOGETHER = { after: 200, share: 20, most: 3000 }; // several signals are one question
const OWN = { after: 200, share: 2, most: 2000 };
const MOST_COUNTED = 100; // as the server says it
const looks = new BroadcastChannel("notifications-looked"); // in one tab, for what sounds in another
const toldKey = () => `notifications-told:${byId("main").dataset.member}`; // up to which position one of their tabs has told

const { within, isPending } = paced(ask);
const soon = () => within(TOGETHER);
let position = "";
let isIntroduced = false;

async function ask(timed) {
  try {
    const url = new URL(byId("bell").dataset.newsUrl, location);
    if (position) url.searchParams.set("after", position);
    const told = await timed(() => news(url));
    ring(told.getElementById("bell"));
    await call([...told.querySelectorAll(".call")]);
  } catch {
    // Asked again with the next signal, or when the socket is back.
  }
}

async function news(url) {
  const answer = await fetch(url, { headers: asking() });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function ring(fresh) {
  if (!fresh) return;
  const before = Number(byId("bell").dataset.count);
  const hadFocus = document.activeElement === byId("bell");
  byId("bell").replaceWith(fresh);
  htmx.process(fresh);
  if (hadFocus) fresh.focus();
  paint(before, fresh.dataset.position);
  introduce(fresh.dataset.introductionUrl);
}

/** Show what the bell counts now, where it counted `before` until a position that is another by now, or the same. */
function paint(before, now) {
  const count = Number(byId("bell").dataset.count);
  const isChanged = now !== position || count !== before;
  position = now;
  paintTitle();
  paintAppIcon(count);
  if (count < before || "quiet" in byId("bell").dataset) hush(); // the person has looked, or wants to be left alone
  if (isChanged && isOpen()) htmx.trigger("#centre", "notifications-changed");
}

/** Take what a signal says for the answer, unless the page has none yet or a newer one, one is under way, or it is not all. */
function hear({ unread, others, sounds, quiet, position: now }) {
  const bell = byId("bell");
  const isQuiet = "quiet" in bell.dataset;
  if (unread === undefined || !position || isPending() || (quiet ?? isQuiet) !== isQuiet) return soon();
  if (now && now < position) return soon(); // it was overtaken
  const before = Number(bell.dataset.count);
  Object.assign(bell.dataset, { count: unread, others });
  bell.querySelector(".bell-count").hidden = !unread;
  bell.querySelector("[data-bell-number]").textContent = unread < MOST_COUNTED ? unread : `${MOST_COUNTED - 1}+`;
  paint(before, now || position);
  if (sounds) isFirst().then((first) => first && sound());
}

async function call(calls) {
  if (!calls.length || !(await isFirst())) return;
  if (calls.some((each) => "sounds" in each.dataset)) sound();
  if (document.visibilityState === "visible") return;
  for (const each of calls) if ("shows" in each.dataset) show(each);
}

function sound() {
  chime(byId("bell").dataset.tone);
  if ("repeats" in byId("bell").dataset) insist(() => byId("bell").dataset.tone);
}

async function isFirst() {
  const [here, key] = [position, toldKey()];
  const claim = () => {
    if ((read(localStorage, key) ?? "") >= here) return false;
    write(localStorage, key, here); // without room for it, each tab sounds
    return true;
  };
  return navigator.locks ? navigator.locks.request(key, claim) : claim();
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
    headers: { "HX-Request": "true", ...writing() },
    body: new URLSearchParams({ zone: timeZone }),
  }).catch(() => {});
}

const isOpen = () => Boolean(byId("notification-centre")?.matches(":popover-open"));

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "notification-centre" && target.id !== "centre") return;
  const sheet = byId("notification-centre");
  localise(sheet);
  hush();
  looks.postMessage(byId("bell").dataset.newsUrl);
  if (!isOpen()) sheet.showPopover();
});

looks.addEventListener("message", ({ data }) => data === byId("bell")?.dataset.newsUrl && hush());

document.addEventListener("htmx:wsBeforeMessage", ({ detail }) => {
  if (!detail.message.startsWith("{")) return;
  const { type, ...told } = JSON.parse(detail.message);
  if (type === "notifications") hear(told);
  else if (type === "ready") soon();
});

// Whoever looks at a chat has read what was told of it.
document.addEventListener("chat-read", () => within(OWN));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") soon();
});

let bell = null; // the one in the page: each is asked for once, whatever the answer was
onContent(() => {
  if (byId("bell") === bell) return;
  bell = byId("bell");
  if (bell && !bell.dataset.position) soon();
});
