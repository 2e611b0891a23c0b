// Rows that came by frame into a list whose filter the page cannot judge: the server says which of them belong.
import { openRoomId, roomList } from "./page.js";
import { setSeen } from "./unread.js";

const PAUSE_MS = 250;
const AGAIN_MS = 5000;
const MOST = 100;
let timer = 0;

/** Came this row by a frame, and is not judged yet? */
export const isOpen = (row) =>
  "asks" in roomList().dataset && Boolean(row.dataset.seq) && row.dataset.judged !== row.dataset.seq;

/** Let a row be judged again, because this member has read it, or not any more. */
export function reopen(row) {
  row.dataset.seq ??= "0";
  delete row.dataset.judged;
}

const unjudged = () => [...(roomList()?.querySelectorAll(":scope > .row[data-seq]") ?? [])].filter(isOpen).slice(0, MOST);

/** Ask about all rows that are not judged, once a moment. */
export function askSoon() {
  timer ||= setTimeout(ask, PAUSE_MS);
}

async function ask() {
  const list = roomList();
  const rows = unjudged();
  let pause = 0;
  if (rows.length) {
    const questions = new URLSearchParams(rows.map((row) => ["room", row.dataset.room]));
    try {
      const answer = await fetch(`${list.dataset.rowsUrl}&${questions}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const told = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const row of rows) judge(row, told.querySelector(`.row[data-room="${row.dataset.room}"]`));
    } catch {
      pause = AGAIN_MS;
    }
  }
  timer = unjudged().length ? setTimeout(ask, pause || PAUSE_MS) : 0; // before the event, whose listeners would ask sooner
  document.dispatchEvent(new Event("rows-judged"));
}

function judge(row, told) {
  if (told) {
    row.dataset.judged = row.dataset.seq;
    if (row.dataset.room !== openRoomId()) setSeen(row.dataset.room, told.dataset.inbound - told.dataset.unread);
  } else if (row.isConnected) row.remove();
}
