// How many messages of each chat this member has not seen. Rows that arrive by frame are the same for everybody, so the
// number is worked out here: what the customer wrote in all, less what this member had seen.
import { byId, isWatched, openRoom, openRoomId, roomList } from "./page.js";
import { paintTabIcon } from "./tab-icon.js";

const seen = new Map(); // room id -> inbound messages seen
const left = new Map(); // room id -> inbound messages a chat had when the person marked it as unread
const assumed = new Map(); // room id -> what is taken for the messages seen, until the server has said how many are
const NEVER = "9999";
let trustedFrom = ""; // of chats that were created later, everything that was seen has been heard of

/** Read the counts that the list was delivered with. */
export function learnCounts() {
  for (const [room, count] of Object.entries(JSON.parse(byId("seen-counts")?.textContent || "null") ?? {})) {
    markSeen(room, count);
  }
}

/** Note that `count` inbound messages of a chat are seen; it only grows. */
export function markSeen(room, count) {
  seen.set(room, Math.max(seen.get(room) ?? 0, count));
}

/** Note what the server says is seen, be it less than before. */
export function setSeen(room, count) {
  seen.set(room, Number(count));
}

/** Note that a chat was marked: it stays unread, though it may be open, until it is opened anew or the customer writes. */
export function mark(room, count, inbound) {
  setSeen(room, count);
  if (count < inbound) left.set(room, inbound);
  else left.delete(room);
}

/** Note that a chat is being marked as unread: what the person sees of it now is not told to the server. */
export function leaveUnread(room, inbound) {
  left.set(room, inbound);
  if ((seen.get(room) ?? assumed.get(room)) >= inbound) seen.set(room, inbound - 1);
}

export const isLeftUnread = (room, inbound) => left.get(room) === inbound;
export const forgetMark = (room) => left.delete(room);
export const isKnown = (room) => seen.has(room);
export const isTrusting = () => trustedFrom !== NEVER;

/** Take what is known for an assumption: news of it may have been lost. */
export function doubt() {
  for (const [room, count] of seen) assumed.set(room, count);
  seen.clear();
  trustedFrom = NEVER;
}

/** Note the time from which on all news have been heard. */
export function trust(at) {
  trustedFrom = at;
}

export function paintUnread(row) {
  const { room, unread } = row.dataset;
  const inbound = Number(row.dataset.inbound);
  if (unread !== undefined) {
    markSeen(room, inbound - unread);
    delete row.dataset.unread;
  }
  if (room === openRoomId() && isWatched() && !isLeftUnread(room, inbound)) markSeen(room, inbound);
  if (!seen.has(room) && isNewborn(row)) markSeen(room, 0);
  if (!seen.has(room) && !assumed.has(room) && isNews(row)) assumed.set(room, inbound - 1);
  const count = unreadOf(room, inbound);
  if (row.dataset.count === count) return;
  row.dataset.count = count;
  row.querySelector(".row-unread").hidden = !Number(count);
  row.querySelector("[data-unread-number]").textContent = count;
}

/** How many messages are unread as far as the page can say; "" if it cannot. */
function unreadOf(room, inbound) {
  const count = seen.get(room) ?? assumed.get(room);
  return count === undefined ? "" : String(Math.max(inbound - count, 0));
}

/** Is a chat younger than the list? Nobody had seen any of it then, and what this member sees since is told to all their pages. */
const isNewborn = ({ dataset }) => dataset.createdAt > roomList().dataset.madeAt && dataset.createdAt > trustedFrom;

/** Did the customer write last, after the list was made? That message at least is unread. */
const isNews = ({ dataset }) => dataset.waitingSince && dataset.lastAt > roomList().dataset.madeAt;

export function paintAllUnread() {
  roomList()?.querySelectorAll(".row").forEach(paintUnread);
  paintTitle();
  document.dispatchEvent(new Event("unread-painted"));
}

/** "(3) Wong Siu Ming · Switchboard": unread messages in the list, what else is unread behind the bell, and what is open. */
export function paintTitle() {
  const rows = [...(roomList()?.querySelectorAll(".row") ?? [])];
  const others = Number(byId("bell")?.dataset.others ?? 0);
  const total = rows.reduce((sum, row) => sum + Number(row.dataset.count), others);
  const subject = openRoom()?.dataset.title ?? document.querySelector(".workspace-title")?.textContent ?? "";
  paintTabIcon(total);
  document.title = `${total ? `(${total}) ` : ""}${subject} · Switchboard`;
}
