// What was missed comes by `GET since/?cursor=N` as the frames that were missed. A hole in the frames' numbers that stays,
// a new connection, a list that was put in later, or a page that slept: each asks.
import { complete, cursor, pageCursor } from "./cursor.js";
import { kindOf, notify, withdraw } from "./notices.js";
import { byId, onContent, openRoomId } from "./page.js";

const ASLEEP_MS = 60_000;
const TIMEOUT_MS = 20_000;
const LONGEST_PAUSE_MS = 30_000;

let running = null;
let from = Infinity; // where the next question has to start
let failures = 0;
let hiddenSince = 0;
let rooms = null;

export const isBehind = () => running !== null;

/** Ask for everything after `start` and apply it. Calls while one is running lead to one more afterwards. */
export function catchUp(start = cursor()) {
  from = Math.min(from, start, cursor());
  running ??= run().finally(() => {
    running = null;
    document.dispatchEvent(new Event("caught-up"));
  });
}

async function run() {
  while (from < Infinity) {
    const start = from;
    from = Infinity;
    try {
      await ask(start);
      failures = 0;
    } catch {
      from = Math.min(from, start);
      failures += 1;
      await pause();
    }
  }
}

async function ask(start) {
  const room = openRoomId();
  const address = new URL(byId("inbox-socket").dataset.sinceUrl, location.href);
  address.searchParams.set("cursor", start);
  if (room) address.searchParams.set("room", room);
  const answer = await fetch(address, {
    headers: { "HX-Request": "true" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status === 205 || answer.headers.get("HX-Refresh") === "true") return location.reload();
  if (answer.status >= 500 || answer.status === 429) throw new Error(`status ${answer.status}`);
  if (answer.status === 404 && room) {
    from = Math.min(from, start); // ask again without the chat, which this viewer may see no more
    return void document.dispatchEvent(new CustomEvent("chat-gone", { detail: { room } }));
  }
  if (!answer.ok) return notify(kindOf(answer.status));
  const html = await answer.text();
  if (openRoomId() !== room) return void (from = Math.min(from, start)); // another chat was opened meanwhile: ask for that
  htmx.swap(document.body, html, { swapStyle: "none" });
  complete(seqIn(html));
  withdraw("offline");
}

/** The number of the change that a frame brings the page up to; 0 if it says none. */
export const seqIn = (html) => Number(html.match(/id="cursor"[^>]*data-seq="(\d+)"/)?.[1] ?? 0);

/** Wait longer after each failure, and not all browsers at the same moment. */
function pause() {
  const longest = Math.min(1000 * 2 ** failures, LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenSince = Date.now();
  else if (Date.now() - hiddenSince > ASLEEP_MS) catchUp();
});

// A list that was put in later was true at its own cursor, and frames that came meanwhile went to the one it replaced.
onContent(() => {
  const isNew = rooms && byId("rooms") !== rooms;
  rooms = byId("rooms");
  if (isNew) catchUp(pageCursor());
});
