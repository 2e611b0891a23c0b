// The open chat's state for this viewer: frames do not know who looks, so what is "mine" is decided here, and what of the
// customer's they know: closing and archiving say it, and leave a chat in which more was written.
import { isBehind } from "./catch-up.js";
import { cursor } from "./cursor.js";
import { byId, messageList, onContent, openRoom, roomList } from "./page.js";

const READ_AFTER_MS = 1000; // whoever presses a button sooner has not read it

function paintMine() {
  const state = document.querySelector(".room-state");
  state?.toggleAttribute("data-mine", state.dataset.assignee === roomList()?.dataset.member);
  if (state) tellWhoMayReply(state);
}

/** Where only the assignee may reply, everybody else reads so before they write. */
function tellWhoMayReply(state) {
  const bar = byId("reply-right");
  if (!bar) return;
  const name = state.querySelector(".room-assignee-name")?.textContent;
  const words = name ? bar.dataset.other.replace("{name}", () => name) : bar.dataset.nobody;
  bar.hidden = state.hasAttribute("data-mine");
  if (bar.textContent !== words) bar.textContent = words;
}

onContent(paintMine);
document.addEventListener("replaced", paintMine);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (form.matches("form.assign")) form.reset(); // back to "Assign to…": the state says who it is now
});

let room = null;
let shown = []; // the customer's newest message at a time, and since when it stands there; the oldest first

/** Return the customer's newest message in the page; one with a hole before it is none, for others may come in between. */
function newest() {
  const theirs = messageList()?.querySelectorAll('.message[data-direction="inbound"]') ?? [];
  return Math.max(0, ...[...theirs].map(({ dataset }) => ((dataset.seq ?? 0) <= cursor() ? Number(dataset.message) : 0)));
}

function look() {
  if (room !== openRoom()) shown = [];
  room = openRoom();
  if (isBehind() || document.visibilityState !== "visible") return;
  const id = newest();
  if (id > (shown.at(-1)?.id ?? 0)) shown.push({ id, at: performance.now() });
}

onContent(look);
document.addEventListener("htmx:wsAfterMessage", look);
document.addEventListener("caught-up", look);
document.addEventListener("visibilitychange", look);

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const known = target.closest(".room-state") && target.form?.elements.known;
  if (!known) return;
  const read = shown.findLast(({ at }) => performance.now() - at > READ_AFTER_MS)?.id ?? 0;
  detail.parameters.known = Math.max(known.value, read);
});
