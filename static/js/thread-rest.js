// A chat that was opened at an old message ends before the newest. A link stands for the rest, which it loads; what arrives
// meanwhile belongs behind the rest and is left out, until the rest is there and the thread is as live as any.
import { catchUp } from "./catch-up.js";
import { recentCursor } from "./cursor.js";
import { markHit } from "./highlight.js";
import { byId } from "./page.js";

let cutOff = null; // the list of messages that was last seen with a rest

export const rest = (list) => list.querySelector(":scope > .newer-messages");

/** Move an arrived message before the rest, as the last one loaded; return whether it belongs behind the rest instead. */
export function isBeyond(message, list, isAfter) {
  const link = rest(list);
  const last = link?.previousElementSibling;
  if (!link) return false;
  if (!last?.matches(".message") || isAfter(message.dataset, last.dataset)) return true;
  link.before(message);
  return false;
}

/** Once the rest is loaded, ask for what came while it was on its way. */
export function joinUp(list) {
  if (rest(list)) {
    cutOff = list;
  } else if (cutOff === list) {
    cutOff = null;
    byId("to-newest")?.remove();
    catchUp(recentCursor());
  }
}

/** Go to the newest, if the thread ends before it. */
export function goToNewest() {
  byId("to-newest")?.click();
  return Boolean(byId("to-newest"));
}

/** Show the message that the chat was opened at; return whether there is one. */
export function showHit(list) {
  const hit = list.dataset.at && byId(`message-${list.dataset.at}`);
  if (!hit) return false;
  markHit(hit, ".message-text, .file-name, .file-facts > [dir]");
  hit.scrollIntoView({ block: "center" });
  return true;
}
