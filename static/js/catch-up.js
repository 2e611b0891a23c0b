// What was missed comes by `GET since/?cursor=N` as the frames that were missed. A hole in the frames' numbers that stays,
// a new connection, a list that was put in later, or a page that slept: each asks, until an answer was applied.
import { complete, cursor, pageCursor } from "./cursor.js";
import { kindOf, notify, withdraw } from "./notices.js";
import { byId, onContent, openRoomId, roomList } from "./page.js";
import { reload } from "./reload.js";

const ASLEEP_MS = 60_000;
const TIMEOUT_MS = 20_000;
const LONGEST_PAUSE_MS = 30_000;
const UNNOTICED_MS = 1000; // what is answered sooner was no time to speak of
const MOST_SHOWN = 500; // chats that fit into an address

let running = null;
let from = Infinity; // where the next question has to start
let failures = 0;
let refusal = ""; // what the person was told of it
let endPause = () => {};
let hiddenSince = 0;
let rooms = null;

export const isBehind = () => running !== null;

/** Ask again at once: what kept the answer away may be over. */
export const hurry = () => endPause();

/** Ask for everything after `start` and apply it. Calls while one is running lead to one more afterwards. */
export function catchUp(start = cursor()) {
  from = Math.min(from, start, cursor());
  if (running) return;
  const timer = setTimeout(sayBehind, UNNOTICED_MS);
  running = run().finally(() => {
    running = null;
    clearTimeout(timer);
    document.dispatchEvent(new Event("caught-up"));
  });
}

const sayBehind = () => document.dispatchEvent(new Event("behind"));

async function run() {
  while (from < Infinity) {
    const start = from;
    from = Infinity;
    try {
      await ask(start);
      failures = 0;
      withdraw(refusal);
      refusal = "";
    } catch {
      from = Math.min(from, start);
      failures += 1;
      sayBehind();
      await pause();
    }
  }
}

async function ask(start) {
  const room = openRoomId();
  const address = new URL(byId("inbox-socket").dataset.sinceUrl, location.href);
  address.searchParams.set("cursor", start);
  if (room) address.searchParams.set("room", room);
  // Who does not see all chats asks of theirs by name: one may have left them that nobody had.
  if (address.searchParams.has("reach")) address.searchParams.set("shown", shown());
  const answer = await fetch(address, {
    headers: { "HX-Request": "true" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status === 205 || answer.headers.get("HX-Refresh") === "true") {
    reload();
    throw new Error("this page is too far behind");
  }
  if (answer.status >= 500 || answer.status === 429) throw new Error(`status ${answer.status}`);
  if (answer.status === 404 && room) {
    from = Math.min(from, start); // ask again without the chat, which this viewer may see no more
    return void document.dispatchEvent(new CustomEvent("chat-gone", { detail: { room } }));
  }
  if (!answer.ok) {
    tell(kindOf(answer.status));
    throw new Error(`status ${answer.status}`);
  }
  const html = await answer.text();
  if (openRoomId() !== room) return void (from = Math.min(from, start)); // another chat was opened meanwhile: ask for that
  htmx.swap(document.body, html, { swapStyle: "none" });
  complete(seqIn(html));
  withdraw("offline");
}

/** Say once why nothing comes any more. */
function tell(kind) {
  if (kind !== refusal) notify(kind);
  refusal = kind;
}

const shown = () => [...roomList().querySelectorAll(".row")].slice(0, MOST_SHOWN).map((row) => row.dataset.room).join();

/** The number of the change that a frame brings the page up to; 0 if it says none. */
export const seqIn = (html) => Number(html.match(/id="cursor"[^>]*data-seq="(\d+)"/)?.[1] ?? 0);

/** Wait longer after each failure, and not all browsers at the same moment. */
function pause() {
  const longest = Math.min(1000 * 2 ** failures, LONGEST_PAUSE_MS);
  return new Promise((resolve) => {
    endPause = resolve;
    setTimeout(resolve, longest * (0.5 + Math.random() / 2));
  });
}

addEventListener("focus", hurry); // the person may have signed in again, in another tab

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
