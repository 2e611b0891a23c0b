// Tells the server what the person has seen of the open chat: when it is opened, and when something new is shown.
import { csrfToken } from "./csrf.js";
import { isWatched, onContent, openRoom } from "./page.js";
import { markSeen, paintAllUnread } from "./unread.js";

const PAUSE_MS = 300;
const reported = new Map(); // room id -> inbound messages the server knows to be seen
let timer = 0;

function inboundCount(room) {
  return Number(room.querySelector(".room-state")?.dataset.inbound ?? 0);
}

async function report() {
  const room = openRoom();
  if (!room || !isWatched()) return;
  const id = room.dataset.room;
  const count = inboundCount(room);
  markSeen(id, count);
  paintAllUnread();
  if ((reported.get(id) ?? 0) >= count) return;
  reported.set(id, count);
  try {
    const answer = await fetch(room.dataset.readUrl, {
      method: "POST",
      headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ seen: count }),
      keepalive: true,
    });
    if (!answer.ok) reported.delete(id);
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
  }
  opened = room;
  soon();
});
addEventListener("focus", soon);
document.addEventListener("visibilitychange", soon);
document.addEventListener("htmx:wsAfterMessage", soon);
document.addEventListener("caught-up", soon);
