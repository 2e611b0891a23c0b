// What the page asks the server about the rows of its list: which of those that came by frame belong, where the page cannot
// judge that, how much this member has seen of them, and which chats time alone has brought.
import { asking } from "./csrf.js";
import { notify, withdraw } from "./notices.js";
import { paced, spread } from "./pace.js";
import { byId, openRoomId, roomList } from "./page.js";
import { doubt, isKnown, isTrusting, paintAllUnread, setSeen, trust } from "./unread.js";

const SOON = { after: 250, share: 20, most: 10_000 };
const OWN = { after: 200, share: 2, most: 2000 };
const SEEN = { after: 500, pause: 1000, share: 100, most: 10_000 }; // meanwhile the page shows what it knows
const AGAIN_MS = 5000;
const MOST = 100;
const { within } = paced(ask);
const seen = paced(askWhatIsSeen);
const inVain = new WeakSet(); // rows that are not in the list as the server has it: a frame of them is on its way

/** Came this row by a frame, and is not judged yet? */
export const isOpen = (row) =>
  "asks" in roomList().dataset && Boolean(row.dataset.seq) && row.dataset.judged !== row.dataset.seq;

/** Let a row be judged again, because the time is over or this member has read it, or not any more. */
export function reopen(row) {
  row.dataset.seq ??= row.closest("[data-cursor]").dataset.cursor;
  delete row.dataset.judged;
}

const unjudged = () => [...(roomList()?.querySelectorAll(":scope > .row[data-seq]") ?? [])].filter(isOpen).slice(0, MOST);

/** Ask about all rows that are not judged, once a moment; less often where many ask. */
export const askSoon = () => within(SOON);

/** Ask about them after something that this member did: nobody waits for what they did themselves. */
export const askAtOnce = () => unjudged().length && within(OWN);

async function ask(timed) {
  const list = roomList();
  const rows = unjudged();
  let isAnswered = true;
  if (rows.length) {
    try {
      const told = await timed(() => answerAbout(list, rows.map((row) => ["room", row.dataset.room])));
      for (const row of rows) judge(row, told.querySelector(`.row[data-room="${row.dataset.room}"]`));
    } catch {
      isAnswered = false;
    }
  }
  document.dispatchEvent(new Event("rows-judged"));
  if (!unjudged().length) return null;
  if (isAnswered) askSoon();
  return isAnswered ? null : { ...SOON, after: AGAIN_MS };
}

async function answerAbout(list, questions) {
  const address = `${list.dataset.rowsUrl}&${new URLSearchParams(questions)}`;
  const answer = await fetch(address, { headers: asking() });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".list-answer");
  if (told.dataset.lost !== list.dataset.lost) reload(list); // part of the filter has been deleted: the page is to say so
  return told;
}

function judge(row, told) {
  if (told) {
    row.dataset.judged = row.dataset.seq;
    learn(told);
  } else if (row.isConnected) row.remove();
}

function learn({ dataset: { room, inbound, unread } }) {
  if (room !== openRoomId()) setSeen(room, inbound - unread);
}

/** Put those of some chats into the list that belong there. */
export async function bring(rooms) {
  const list = roomList();
  const told = await answerAbout(list, rooms.map((room) => ["room", room])).catch(() => null);
  if (told) enter(list, told);
}

/** Put in what time alone has brought since the list was last true. */
export async function bringTheDue() {
  const list = roomList();
  const told = await answerAbout(list, [["since", list.dataset.at]]).catch(() => null); // asked again, from where this began
  if (!told) return;
  if ("cut" in told.dataset) return reload(list);
  list.dataset.at = told.dataset.at;
  enter(list, told);
}

const isUnseen = (row) => !isKnown(row.dataset.room) && !isOpen(row) && !inVain.has(row);
const unseen = () => [...(roomList()?.querySelectorAll(":scope > .row") ?? [])].filter(isUnseen).slice(0, MOST);

/** Learn how much this member has seen of a row's chat, with all others of which the page does not know it. */
export const askIfUnseen = (row) => isUnseen(row) && seen.within(SEEN);

/** Learn anew how much this member has seen of the chats that are shown: signals about that may have been lost. */
export async function askWhatWasMissed() {
  await spread();
  doubt();
  seen.within(SEEN);
}

async function askWhatIsSeen(timed) {
  const list = roomList();
  const rows = unseen();
  if (!list || (!rows.length && isTrusting())) return null;
  try {
    const told = await timed(() => answerAbout(list, rows.map((row) => ["room", row.dataset.room])));
    for (const { dataset } of told.querySelectorAll(".row")) {
      if (!isKnown(dataset.room)) setSeen(dataset.room, dataset.inbound - dataset.unread);
    }
    for (const row of rows.filter(isUnseen)) inVain.add(row);
    if (!isTrusting()) trust(told.dataset.at);
  } catch {
    return { ...SEEN, after: AGAIN_MS };
  }
  paintAllUnread();
  return unseen().length ? SEEN : null;
}

/** Learn whether the filter still holds, if it names this row. */
export async function askWhatHolds(part, id) {
  const list = roomList();
  if (!new URLSearchParams(list?.dataset.query).getAll(part).includes(String(id))) return;
  await spread();
  if (list === roomList()) await answerAbout(list, []).catch(() => {}); // it is asked with the next rows
}

function enter(list, told) {
  const { seq } = told.dataset;
  for (const row of told.querySelectorAll(".row")) {
    if (byId(row.id) || !list.isConnected) continue; // frames keep it
    Object.assign(row.dataset, { seq, judged: seq, arrived: "" });
    list.prepend(row);
    htmx.process(row);
    row.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
  }
}

/** Is somebody about to use the list, so that it must not be replaced under their hands? */
function isInUse() {
  const isBusy = ":focus, #bulk[data-some], #row-menu:popover-open, details[open]";
  return Boolean(byId("rooms").querySelector(isBusy) || byId("search-text")?.value);
}

let told = null; // the list whose reader knows that it has changed

/** Load a list anew, as its address says it; as long as somebody uses it, say that it can be. */
export function reload(list) {
  if (list !== roomList()) return;
  if (!isInUse()) return load(list);
  if (told !== list) notify("list-changed");
  told = list;
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-list-reload]") && roomList()) load(roomList());
});

function load(list) {
  withdraw("list-changed");
  const { url, query } = list.dataset;
  const answer = htmx.ajax("GET", `${url}?${query}`, { source: "#rooms", target: "#rooms", select: "#rooms", swap: "outerHTML" });
  answer.catch(() => {}); // notices.js says it
}
