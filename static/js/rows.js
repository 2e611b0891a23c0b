// Which chats belong into the list as this viewer has it, and in what order: the same rules as the server's.
import { roomList } from "./page.js";

const NEVER = "9999-12-31T00:00:00+00:00"; // nothing waits for an answer
const DAY_MS = 86_400_000;

// What each order compares, and whether it begins with the newest. Times are all UTC in ISO form, so that their text
// compares like they do.
const ORDERS = {
  activity: [(row) => row.lastAt, true],
  created: [(row) => row.createdAt, true],
  waiting: [(row) => row.waitingSince || NEVER, false],
};

export function compare(a, b) {
  const [key, isNewestFirst] = ORDERS[roomList().dataset.sort];
  const sign = isNewestFirst ? -1 : 1;
  if (key(a) !== key(b)) return key(a) < key(b) ? -sign : sign;
  return sign * (Number(a.room) - Number(b.room));
}

/** Does a row belong here, as far as it says itself? What it does not say, the server is asked. */
export function belongs(row) {
  const { status, connections } = roomList().dataset;
  const { connection } = row.dataset;
  if (row.dataset.status !== status || !hasAssignee(row) || !hasWaited(row)) return false;
  return (!connections || connections.split(" ").includes(connection)) && !isBeyondTheLoadedPart(row);
}

function hasAssignee(row) {
  const { assignee, member } = roomList().dataset;
  if (!assignee) return true;
  if (assignee === "none") return row.dataset.assignee === "";
  return row.dataset.assignee === (assignee === "me" ? member : assignee);
}

function hasWaited(row) {
  const { waiting } = roomList().dataset;
  if (!waiting) return true;
  const [least, most] = waiting.split("-").map(Number);
  const days = (Date.now() - Date.parse(row.dataset.waitingSince || NEVER)) / DAY_MS;
  return days >= least && days < most;
}

/** After what the link to older chats will bring: shown now, it would hide the ones in between. */
function isBeyondTheLoadedPart(row) {
  const older = roomList().querySelector(".older-rows a");
  const [at, room] = (older && new URL(older.href).searchParams.get("before")?.split("_")) || [];
  return Boolean(room) && compare({ lastAt: at, createdAt: at, waitingSince: at, room }, row.dataset) < 0;
}

// A chat's address keeps the filter it was opened from, so that a reload shows the same list. Rows are the same for
// everybody and do not know it.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.matches(".filter-form")) dropTheUsual(detail.parameters);
  if (!detail.elt.matches(".row-link, .room-back")) return;
  const filter = new URLSearchParams(roomList().dataset.query);
  for (const name of new Set(filter.keys())) detail.parameters[name] = filter.getAll(name);
});

function dropTheUsual(parameters) {
  const usual = { status: "open", sort: "activity" };
  for (const [name, value] of Object.entries(parameters)) if (!value || value === usual[name]) delete parameters[name];
}
