// Tells the server what the person has seen of the open chat: when it is opened, and when something new is shown.
import { writing } from "./csrf.js";
import { byId, isWatched, onContent, openRoom, openRoomId } from "./page.js";
import { forgetMark, isLeftUnread, leaveUnread, mark, markSeen, paintAllUnread } from "./unread.js";

const PAUSE_MS = 300;
const reported = new Map(); // room id -> inbound messages the server knows to be seen
let timer = 0;

function inboundCount(room) {
  return Number(room.querySelector(".room-state")?.dataset.inbound ?? 0);
}

async function report() {
  const room = openRoom();
  // Opened at an old message, it does not show the newest.
  if (!room || !isWatched() || room.querySelector(".newer-messages")) return;
  const id = room.dataset.room;
  const count = inboundCount(room);
  if (isLeftUnread(id, count)) return;
  markSeen(id, count);
  paintAllUnread();
  if ((reported.get(id) ?? 0) >= count) return;
  reported.set(id, count);
  try {
    const answer = await fetch(room.dataset.readUrl, {
      method: "POST",
      headers: { "HX-Request": "true", ...writing() },
      body: new URLSearchParams({ seen: count }),
      keepalive: true,
    });
    if (!answer.ok) reported.delete(id);
    document.dispatchEvent(new Event("chat-read"));
  } catch {
    reported.delete(id); // told again with the next message, or when the person comes back
  }
}

/** Report after a pause. Further news do not put it off: in a busy inbox they never pause. */
export function soon() {
  timer ||= setTimeout(() => {
    timer = 0;
    report();
  }, PAUSE_MS);
}

let opened = null;
onContent(() => {
  const room = openRoom();
  if (room && room !== opened) {
    const unread = Number(room.querySelector(".messages").dataset.unread);
    reported.set(room.dataset.room, inboundCount(room) - unread);
    forgetMark(room.dataset.room);
  }
  opened = room;
  soon();
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { do: deed, room: rooms, whole, chosen } = detail.parameters;
  if (deed !== "unread" || whole) return; // the whole of a list is asked about first
  for (const shown of [chosen ? openRoomId() : rooms].flat()) {
    const [room] = shown.split(":");
    const row = byId(`room-${room}-row`);
    if (row) leaveUnread(room, Number(row.dataset.inbound));
  }
});

// The server has marked chats as read or unread.
document.addEventListener("chats-changed", ({ detail }) => {
  for (const [room, count] of Object.entries(detail.seen)) {
    mark(room, count, Number(byId(`room-${room}-row`)?.dataset.inbound ?? count + 1));
    reported.set(room, count);
  }
  paintAllUnread();
});
addEventListener("focus", soon);
document.addEventListener("visibilitychange", soon);
document.addEventListener("htmx:wsAfterMessage", soon);
document.addEventListener("caught-up", soon);
