// Which chats belong into the list as this viewer has it, and in what order: the same rules as the server's.
import { roomList } from "./page.js";

const NEVER = "9999-12-31T00:00:00+00:00"; // nothing waits for an answer

// What each order compares, and whether it begins with the newest. Times are all UTC in ISO form, so that their text
// compares like they do.
const ORDERS = {
  activity: [(row) => row.lastAt, true],
  "activity-reversed": [(row) => row.lastAt, false],
  created: [(row) => row.createdAt, true],
  "created-reversed": [(row) => row.createdAt, false],
  waiting: [(row) => row.waitingSince || NEVER, false],
  "waiting-reversed": [(row) => (row.waitingSince === NEVER ? "" : row.waitingSince), true], // nothing waits: last again
};

export function compare(a, b) {
  const [key, isNewestFirst] = ORDERS[roomList().dataset.sort];
  const sign = isNewestFirst ? -1 : 1;
  if (key(a) !== key(b)) return key(a) < key(b) ? -sign : sign;
  return sign * (Number(a.room) - Number(b.room));
}

/** Does a row belong here, as far as it says itself? What it does not say, the server is asked. */
export function belongs(row) {
  const { status, connections, waiting } = roomList().dataset;
  const { connection } = row.dataset;
  if ((status !== "all" && row.dataset.status !== status) || !hasAssignee(row)) return false;
  if (waiting && !row.dataset.waitingSince) return false;
  return (!connections || connections.split(" ").includes(connection)) && !isBeyondTheLoadedPart(row);
}

function hasAssignee(row) {
  const { assignee, member } = roomList().dataset;
  if (!assignee) return true;
  if (assignee === "none") return row.dataset.assignee === "";
  return row.dataset.assignee === (assignee === "me" ? member : assignee);
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
