// What the palette offers: what this page shows, and chats that the server knows.
import { asking } from "./csrf.js";
import { byId } from "./page.js";
import { deeds } from "./palette-deeds.js";
import { fit } from "./palette-match.js";
import { openSheet } from "./shortcut-sheet.js";
import { ACTIONS, isPossible, wordsFor } from "./shortcuts.js";

const MOST = { chats: 8, actions: 24, functions: 8, pages: 12 };
const PAGES = ".rooms-header a.menu-item, .rooms-filter a.tab, .views-menu a.menu-item";
const STEPS = ["next", "previous", "choose"]; // of no use from here

const textOf = (element) => element.textContent.replace(/\s+/g, " ").trim();
const link = (kind, element, name, detail = "") => ({ kind, name, detail, url: element.href, run: () => element.click() });
const action = ({ name, key, run }) => ({ kind: "actions", name: wordsFor(name), detail: key ?? "", run });

/** All that the page offers by itself, now. */
export function ownChoices() {
  const rows = [...document.querySelectorAll("#room-list > .row:not([hidden]) > .row-link")];
  const actions = ACTIONS.filter((each) => !STEPS.includes(each.name) && isPossible(each));
  return [
    ...rows.map((row) => link("chats", row, textOf(row.querySelector(".row-name")), textOf(row.querySelector(".row-connection")))),
    ...actions.map(action),
    action({ name: "help", key: "?", run: openSheet }),
    ...deeds(),
    ...[...document.querySelectorAll("#functions [data-function]")].map((each) => link("functions", each, each.title)),
    ...[...document.querySelectorAll(PAGES)].map((each) => link("pages", each, textOf(each))),
  ];
}

/** Chats of the workspace whose customer is called so, or null when there is no answer. */
export async function chatsCalled(typed) {
  const answer = await fetch(`${byId("palette").dataset.url}?${new URLSearchParams({ q: typed })}`, { headers: asking() }).catch(() => null);
  if (!answer?.ok) return null;
  const { chats } = await answer.json();
  return chats.map((chat) => ({ ...chat, kind: "chats", url: new URL(chat.url, location.href).href, run: () => open(chat.url) }));
}

function open(url) {
  const anchor = byId("palette-link").content.firstElementChild.cloneNode();
  anchor.setAttribute("hx-get", url);
  byId("palette-followed").replaceChildren(anchor);
  htmx.process(anchor);
  anchor.click();
}

/** The choices of one kind that fit, the best first; those of the server, which judged itself, last. */
export function fitting(kind, typed, own, found) {
  const scored = own
    .filter((choice) => choice.kind === kind && (typed.trim() || !choice.isByName))
    .map((choice) => ({ choice, score: fit(typed, choice.name) }))
    .filter(({ score }) => score >= 0);
  const sorted = scored.sort((a, b) => b.score - a.score).map(({ choice }) => choice);
  const here = new Set(sorted.map(({ url }) => url));
  const others = kind === "chats" ? found.filter(({ url }) => !here.has(url)) : [];
  return [...sorted.slice(0, MOST[kind]), ...others];
}
