// What moves chats in and out of the list though no frame says so: time (a window closes, a day of waiting is full), what
// the person reads on another device, and what its filter names and is deleted.
import { byId, onContent, openRoomId, roomList } from "./page.js";
import { askAtOnce, askSoon, askWhatHolds, askWhatWasMissed, bring, bringTheDue, reload, reopen } from "./row-questions.js";
import { mark, markSeen, paintAllUnread } from "./unread.js";

const DAY_MS = 86_400_000;
const EVERY_MS = 60_000; // what time brings into the list, only the server knows
const SOONEST_MS = 1000;
let watched = null;
let askedAt = 0;
let timer = 0;

const rows = () => [...(watched?.querySelectorAll(":scope > .row") ?? [])];

/** When a row will have waited for too long for this list. */
function overAt({ dataset }) {
  const most = Number(watched.dataset.waiting.split("-")[1] || Infinity);
  return Date.parse(dataset.waitingSince) + most * DAY_MS;
}

function isOver(row) {
  if (watched.dataset.window === "open" && row.querySelector(".row-window").dataset.mode !== "free") return true;
  return watched.dataset.waiting !== "" && overAt(row) <= Date.now();
}

/** Wait until the first row that is shown has waited too long, but no longer than a minute. */
function wait() {
  clearTimeout(timer);
  if (!watched?.isConnected || !watched.dataset.at) return;
  const left = watched.dataset.waiting ? rows().map((row) => overAt(row) - Date.now()) : [];
  timer = setTimeout(look, Math.max(SOONEST_MS, Math.min(EVERY_MS, ...left.filter((each) => each > 0))));
}

function look() {
  if (!document.hidden && watched?.isConnected) {
    for (const row of rows().filter(isOver)) reopen(row);
    askSoon();
    if (Date.now() - askedAt >= EVERY_MS) {
      askedAt = Date.now();
      bringTheDue();
    }
  }
  wait();
}

onContent(() => {
  if (roomList() === watched) return;
  watched = roomList();
  askedAt = Date.now();
  wait();
});
document.addEventListener("visibilitychange", () => watched?.dataset.at && look());
document.addEventListener("window-over", () => watched?.dataset.at && look());

// A signal to all pages of this person, of which one has told the server; and one to all lists that something is gone.
document.addEventListener("htmx:wsBeforeMessage", ({ target, detail }) => {
  if (target.id !== "inbox-socket" || !detail.message.startsWith("{")) return;
  const { type, rooms, part, id } = JSON.parse(detail.message);
  if (type === "doubt") askWhatHolds(part, id);
  if (type !== "seen" && type !== "marked") return;
  for (const [room, count] of Object.entries(rooms)) {
    if (type === "seen") markSeen(room, count);
    else mark(room, count, Number(byId(`room-${room}-row`)?.dataset.inbound ?? count + 1));
  }
  paintAllUnread();
  document.dispatchEvent(new CustomEvent("seen-changed", { detail: { type, rooms: Object.keys(rooms) } }));
});

// Where only what is unread is listed, a chat that is read leaves; the one that is open, once another is opened.
const left = new Set();
document.addEventListener("seen-changed", ({ detail }) => {
  if (!new URLSearchParams(roomList()?.dataset.query).has("unread")) return;
  const unknown = [];
  for (const room of detail.rooms) {
    if (byId(`room-${room}-row`)) left.add(room);
    else if (detail.type === "marked") unknown.push(room);
  }
  if (unknown.length) bring(unknown);
  judgeWhatIsLeft();
});

function judgeWhatIsLeft() {
  for (const room of left) {
    if (room === openRoomId()) continue;
    left.delete(room);
    const row = byId(`room-${room}-row`);
    if (row) reopen(row);
    askAtOnce();
  }
}
onContent(judgeWhatIsLeft);

let hasMissed = false;
document.addEventListener("line-lost", () => {
  hasMissed = true;
});
document.addEventListener("caught-up", () => {
  if (hasMissed) askWhatWasMissed();
  hasMissed = false;
});

// The news hold every label there is.
document.addEventListener("replaced", ({ target }) => {
  if (target.id !== "label-news" || roomList()?.dataset.lost.includes("label")) return;
  const known = new Set([...target.options].map(({ dataset }) => dataset.label));
  const wanted = new URLSearchParams(roomList()?.dataset.query).getAll("label");
  if (wanted.some((id) => !known.has(id))) reload(roomList());
});
