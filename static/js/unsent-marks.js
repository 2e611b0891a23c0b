// What waits for the connection, or was refused, in chats that are not open: a mark in their rows, and for all that was
// refused one notice, with the words of each and the way to its chat, where it stands in the composer again.
import { byId, onContent, openRoomId, roomList } from "./page.js";

let items = [];
const told = new Set(); // what a notice has shown: when that is displaced by others it does not come back
const closed = new Set(); // what was read in a notice

function mark() {
  for (const row of roomList()?.querySelectorAll(".row") ?? []) {
    const own = items.filter(({ room }) => room === row.dataset.room);
    const sign = row.querySelector(".row-unsent");
    const state = own.some(({ refused }) => refused !== undefined) ? "refused" : "waiting";
    sign.hidden = !own.length;
    if (own.length) sign.dataset.state = state;
    const words = own.length ? sign.dataset[state] : "";
    if (sign.textContent !== words) sign.textContent = words;
  }
}

function announce() {
  const refused = items.filter((item) => item.refused !== undefined && item.room !== openRoomId() && !closed.has(item.id));
  const notice = document.querySelector(".notice[data-unsent]");
  if (!refused.length) notice?.remove();
  else if (notice) fill(notice, refused);
  else if (refused.some(({ id }) => !told.has(id))) {
    const fresh = byId("notice-unsent").content.firstElementChild.cloneNode(true);
    fill(fresh, refused);
    byId("notices").append(fresh);
  }
}

function fill(notice, refused) {
  const ids = refused.map(({ id }) => id).join(" ");
  if (notice.dataset.unsent === ids) return;
  notice.dataset.unsent = ids;
  for (const { id } of refused) told.add(id);
  const count = notice.querySelector("[data-count-words]");
  count.hidden = refused.length === 1;
  count.textContent = count.dataset.countWords.replace("{count}", refused.length);
  notice.querySelector("ul").replaceChildren(...refused.map((item) => lineOf(notice, item)));
}

function lineOf(notice, { url, title, refused, fields }) {
  const line = notice.querySelector("template").content.firstElementChild.cloneNode(true);
  const { words, unknown } = line.querySelector("p").dataset;
  line.querySelector("p").textContent = words.replace("{name}", title).replace("{reason}", refused || unknown);
  line.querySelector("q").textContent = new URLSearchParams(fields).get("text");
  line.querySelector("a").href = new URL("..", new URL(url, location.href));
  return line;
}

/** Show what the queue holds now. */
export function showUnsent(queue) {
  items = queue;
  mark();
  announce();
}

document.addEventListener("click", ({ target }) => {
  const notice = target.closest(".notice[data-unsent]");
  if (notice && target.closest("[data-dismiss]")) for (const id of notice.dataset.unsent.split(" ")) closed.add(id);
});
document.addEventListener("replaced", ({ target }) => target.matches(".row") && mark());
onContent(() => {
  mark();
  announce();
});
