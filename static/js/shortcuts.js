// Everything an agent does has a key. This is the one list of them: the keyboard, the help sheet and the palette read it.
import { openBlocking } from "./blocking.js";
import { showAnswer, writeReply } from "./composer-note.js";
import { openFunction } from "./functions.js";
import { openLabels } from "./labels.js";
import { openNotes } from "./notes.js";
import { byId, openRoom, roomList } from "./page.js";
import { doWithChat } from "./row-menu.js";

const box = () => byId("composer-text");
const button = (part) => document.querySelector(`.room-state .${part}`);
const composerButton = (which) => byId("composer")?.querySelector(`${which}:not(:disabled)`);
const focusedRow = () => document.activeElement?.closest?.(".row");
const chat = () => focusedRow()?.dataset.room ?? openRoom()?.dataset.room;

function step(distance) {
  const links = [...roomList().querySelectorAll(".row:not([hidden]) > .row-link")];
  const current = links.indexOf(document.activeElement.closest(".row-link"));
  const from = current >= 0 ? current : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.min(Math.max(from + distance, 0), links.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** A "/" in the message box offers kept answers and templates, as if it had been typed there. */
function slash() {
  writeReply();
  const { value, selectionStart, selectionEnd } = box();
  const isAfterWord = /\S$/.test(value.slice(0, selectionStart));
  box().setRangeText(isAfterWord ? " /" : "/", selectionStart, selectionEnd, "end");
  box().dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function attach() {
  showAnswer();
  composerButton("[data-attach]").click();
}

/** `key` alone, while nobody types; `isPossible` says whether it means anything now. Their words stand in the page. */
export const ACTIONS = [
  { name: "next", key: "j", run: () => step(1) },
  { name: "previous", key: "k", run: () => step(-1) },
  { name: "search", key: "f", isPossible: () => byId("search-text"), run: () => byId("search-text").select() },
  { name: "reply", key: "r", isPossible: box, run: writeReply },
  { name: "commands", key: "/", isPossible: box, run: slash },
  { name: "note", key: "n", isPossible: openRoom, run: openNotes },
  { name: "assign", key: "a", isPossible: () => byId("assign-member")?.checkVisibility(), run: () => byId("assign-member").focus() },
  { name: "label", key: "l", isPossible: openRoom, run: openLabels },
  { name: "close", key: "e", isPossible: () => button("state-close"), run: () => button("state-close").click() },
  { name: "archive", key: "y", isPossible: () => button("state-archive"), run: () => button("state-archive").click() },
  { name: "reopen", key: "o", isPossible: () => button("state-reopen"), run: () => button("state-reopen").click() },
  { name: "take", key: "t", isPossible: () => button("state-take")?.checkVisibility(), run: () => button("state-take").click() },
  { name: "unassign", isPossible: () => button("state-unassign")?.checkVisibility(), run: () => button("state-unassign").click() },
  { name: "take-from-bot", isPossible: () => document.querySelector(".control button"), run: () => document.querySelector(".control button").click() },
  { name: "schedule", key: "s", isPossible: openRoom, run: () => openFunction("schedule") },
  { name: "attach", isPossible: () => composerButton("[data-attach]"), run: attach },
  { name: "send-close", isPossible: () => box()?.checkVisibility() && box().value.trim() && composerButton(".composer-close"), run: () => composerButton(".composer-close").click() },
  { name: "block", isPossible: openRoom, run: openBlocking },
  { name: "read", key: "i", isPossible: chat, run: () => doWithChat(chat(), "read") },
  { name: "unread", key: "u", isPossible: chat, run: () => doWithChat(chat(), "unread") },
  { name: "choose", key: "x", isPossible: focusedRow, run: () => focusedRow().querySelector(".row-pick input").click() },
];

export const isPossible = (action) => !action.isPossible || Boolean(action.isPossible());

/** What an action is called, in the reader's language; "" for one that the page has no words for. */
export const wordsFor = (name) => byId("shortcut-words").content.querySelector(`[data-action="${name}"]`)?.textContent ?? "";

const SWITCH = "single-keys";
export const hasSingleKeys = () => localStorage.getItem(SWITCH) !== "off";
export const switchSingleKeys = (isOn) => localStorage.setItem(SWITCH, isOn ? "on" : "off");
