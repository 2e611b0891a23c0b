// Which chats belong into the list as this viewer has it, and in what order: the same rules as the server's.
import { roomList } from "./page.js";

/** Newest first. Times are all UTC in ISO form, so that their text compares like they do. */
export function compare(a, b) {
  if (a.lastAt !== b.lastAt) return a.lastAt < b.lastAt ? 1 : -1;
  return Number(b.room) - Number(a.room);
}

export function belongs(row) {
  const { tab, status, member } = roomList().dataset;
  const { assignee } = row.dataset;
  const inTab = tab === "all" || (tab === "mine" ? assignee === member : assignee === "");
  return inTab && row.dataset.status === status && !isBeyondTheLoadedPart(row);
}

/** Older than what the link to older chats will bring: shown now, it would hide the ones in between. */
function isBeyondTheLoadedPart(row) {
  const older = roomList().querySelector(".older-rows a");
  const [lastAt, room] = (older && new URL(older.href).searchParams.get("before")?.split("_")) || [];
  return Boolean(room) && compare({ lastAt, room }, row.dataset) < 0;
}

// A chat's address keeps the tab it was opened from, so that a reload shows the same list. Rows are the same for everybody
// and do not know it.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!detail.elt.matches(".row-link, .room-back")) return;
  const { tab, status } = roomList().dataset;
  if (tab === "all" && status === "open") return;
  detail.parameters.tab = tab;
  detail.parameters.status = status;
});
