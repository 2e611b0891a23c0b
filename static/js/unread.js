// How many messages of each chat this member has not seen. Rows that arrive by frame are the same for everybody, so the
// number is worked out here: what the customer wrote in all, less what this member had seen.
import { byId, isWatched, openRoom, openRoomId, roomList } from "./page.js";

const seen = new Map(); // room id -> inbound messages seen
const left = new Map(); // room id -> inbound messages a chat had when the person marked it as unread
const asked = new Set();
let questions = Promise.resolve();

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
  if (seen.get(room) >= inbound) seen.set(room, inbound - 1);
}

export const isLeftUnread = (room, inbound) => left.get(room) === inbound;
export const forgetMark = (room) => left.delete(room);

export function paintUnread(row) {
  const { room, inbound, unread } = row.dataset;
  if (unread !== undefined) {
    markSeen(room, inbound - unread);
    delete row.dataset.unread;
  }
  if (room === openRoomId() && isWatched() && !isLeftUnread(room, Number(inbound))) markSeen(room, Number(inbound));
  if (!seen.has(room)) ask(row);
  const count = seen.has(room) ? String(Math.max(inbound - seen.get(room), 0)) : "";
  if (row.dataset.count === count) return;
  row.dataset.count = count;
  row.querySelector(".row-unread").hidden = !Number(count);
  row.querySelector("[data-unread-number]").textContent = count;
}

export function paintAllUnread() {
  roomList()?.querySelectorAll(".row").forEach(paintUnread);
  paintTitle();
}

/** "(3) Wong Siu Ming · Switchboard": unread messages in the list, what else is unread behind the bell, and what is open. */
export function paintTitle() {
  const rows = [...(roomList()?.querySelectorAll(".row") ?? [])];
  const others = Number(byId("bell")?.dataset.others ?? 0);
  const total = rows.reduce((sum, row) => sum + Number(row.dataset.count), others);
  const subject = openRoom()?.dataset.title ?? document.querySelector(".workspace-title")?.textContent ?? "";
  document.title = `${total ? `(${total}) ` : ""}${subject} · Switchboard`;
}

/** Learn from the server, one chat at a time, what this member had seen of chats that were not in the list so far. */
function ask(row) {
  const { room } = row.dataset;
  if (asked.has(room)) return;
  asked.add(room);
  const address = `${row.querySelector("a").href}row/`;
  questions = questions.then(async () => {
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".row");
      if (!answer.ok || !told?.dataset.unread) return; // painting would ask again at once, for every chat without an answer
      markSeen(room, told.dataset.inbound - told.dataset.unread);
      paintAllUnread();
    } catch {
      // No connection: the next frame of this chat asks again.
    } finally {
      asked.delete(room);
    }
  });
}
