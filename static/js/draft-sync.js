// Drafts on the server, for the member's other devices: saved a moment after the last change, and when the page is left.
import { writing } from "./csrf.js";

const PAUSE_MS = 1000;
const FITS_WHEN_LEAVING = 15_000; // characters: browsers finish only small requests of a page that is gone

let waiting = null; // the chat whose draft is to be saved: its address, what to save, and whom to tell what came of it
let timer = 0;
let running = null;

export function saveSoon(job) {
  clearTimeout(timer);
  waiting = job;
  timer = setTimeout(saveNow, PAUSE_MS);
}

/** Nothing waits any more: the draft is what the server has, or it was sent. */
export function forgetSaving() {
  clearTimeout(timer);
  waiting = null;
}

/** Save what waits to be saved; one after the other. */
export function saveNow() {
  const job = waiting;
  forgetSaving();
  if (!job) return running ?? Promise.resolve();
  const mine = (running ? running.then(() => post(job)) : post(job)).finally(() => {
    if (running === mine) running = null;
  });
  running = mine;
  return mine;
}

async function post({ url, read, tell }) {
  const draft = read();
  if (!draft) return;
  const body = new FormData();
  const { text, clientId, options, files, replyTo, version } = draft;
  for (const [name, value] of Object.entries({ text, version, client_id: clientId, reply_to: replyTo })) body.append(name, value);
  for (const option of options) body.append("option", option);
  for (const file of files) body.append("file", file);
  try {
    const keepalive = text.length < FITS_WHEN_LEAVING;
    const answer = await fetch(url, { method: "POST", body, headers: writing(), keepalive });
    if (answer.ok || answer.status === 409) tell(draft, await answer.json(), answer.ok);
  } catch {
    // Offline: it stays in this tab, and is saved with the next change or when the chat is opened again.
  }
}

addEventListener("pagehide", saveNow);
document.addEventListener("visibilitychange", () => document.hidden && saveNow());
