// Which message is the newest that one knows: a colleague's answer that came after it is asked about. In the composer it
// is what stood there when one last typed; for a press of any other button, what has stood there for some seconds.
import { byId, isWatched, messageList, onContent, openRoomId } from "./page.js";

const READ_AFTER_MS = 5000;

let form = null;
let seen = 0;
let room = "";
let shown = []; // the newest message at a time, and since when; the oldest first

const newest = () => Math.max(0, ...[...(messageList()?.querySelectorAll("[data-message]") ?? [])].map((each) => Number(each.dataset.message)));
const read = () => shown.findLast(({ at }) => performance.now() - at > READ_AFTER_MS)?.id ?? 0;

/** Return the newest message that whoever writes in the composer knows. */
export const seenByWriter = () => Math.max(seen || newest(), Number(byId("composer").elements.seen.value));

function note() {
  if (room !== openRoomId()) shown = [];
  room = openRoomId();
  const id = newest();
  if (isWatched() && id > (shown.at(-1)?.id ?? 0)) shown.push({ id, at: performance.now() });
}

document.addEventListener("input", ({ target, isTrusted }) => {
  if (target.id === "composer-text" && isTrusted) seen = newest();
});

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const sender = target.matches("form") ? target : detail.verb === "post" && target.form;
  const asked = sender && sender.querySelector("[data-newest]");
  if (asked) detail.parameters.seen = "asked" in asked.dataset ? asked.value : read();
  if (target.id !== "composer" || detail.path !== target.getAttribute("action")) return;
  detail.parameters.seen = seenByWriter();
});

onContent(() => {
  note();
  if (byId("composer") === form) return;
  form = byId("composer");
  seen = 0;
});
document.addEventListener("htmx:wsAfterMessage", note);
addEventListener("focus", note);
