// Keeps the list of chats truthful for this viewer: frames are the same for everybody and put every changed row on top.
import { byId, onContent, openRoomId, roomList } from "./page.js";
import { askAtOnce, askIfUnseen, askSoon, isOpen, reopen } from "./row-questions.js";
import { belongs, compare } from "./rows.js";
import { localise } from "./times.js";
import { learnCounts, paintTitle, paintUnread } from "./unread.js";

const scroller = () => roomList().parentElement;
const pill = () => byId("new-rooms");
const fresh = new Set(); // chats with news out of view, or held back while the pointer is over the list
const left = new Map(); // room id -> the change with which its row left: an answer that is older does not bring it back
let known = new Map(); // room id -> when its last message was written, as the list shows it
let watched = null;
let isHeld = false;

function arrange() {
  const list = roomList();
  for (const { dataset } of takeOut(list, ":scope > [data-gone]")) {
    left.set(dataset.gone, Number(dataset.seq));
    document.dispatchEvent(new CustomEvent("chat-gone", { detail: { room: dataset.gone } }));
  }
  for (const row of list.querySelectorAll(":scope > .row")) {
    const { room, lastAt, arrived, seq } = row.dataset;
    if (arrived !== undefined && Number(seq) < left.get(room)) {
      row.remove();
      continue;
    }
    row.toggleAttribute("data-mine", row.dataset.assignee === list.dataset.member);
    if (room === openRoomId()) row.firstElementChild.setAttribute("aria-current", "true");
    else row.firstElementChild.removeAttribute("aria-current");
    paintUnread(row);
    const isPending = belongs(row) && isOpen(row);
    if (isPending) askSoon();
    row.hidden = arrived !== undefined && (isHeld || isPending);
    const isNews = known.has(room) ? known.get(room) < lastAt : arrived !== undefined;
    if (!belongs(row)) {
      if (isHeld && !row.hidden) continue;
      left.set(room, Number(seq ?? 0));
      row.remove();
      continue;
    }
    askIfUnseen(row);
    if (isNews && !isPending && row.dataset.count !== "0") fresh.add(room);
  }
  if (!isHeld) sort(list);
  localise(list);
  known = new Map(rows().map((row) => [row.dataset.room, row.dataset.lastAt]));
  showPill();
  paintTitle();
}

function takeOut(list, which) {
  const found = [...list.querySelectorAll(which)];
  for (const each of found) each.remove();
  return found;
}

function sort(list) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const rows = [...list.querySelectorAll(":scope > .row")].sort((a, b) => compare(a.dataset, b.dataset));
  const placed = new Set();
  let place = list.firstElementChild;
  for (const row of rows) {
    if (!isOpen(row)) delete row.dataset.arrived;
    if (row === place) place = place.nextElementSibling;
    else if (!placed.has(row.id)) list.insertBefore(row, place);
    if (placed.has(row.id)) row.remove(); // a page of older chats brought it again
    placed.add(row.id);
  }
  if (document.activeElement !== focused) focused?.focus({ preventScroll: true });
}

const rows = () => [...roomList().querySelectorAll(":scope > .row:not([hidden])")];

function isInView(row) {
  const [view, { top, bottom }] = [scroller().getBoundingClientRect(), row.getBoundingClientRect()];
  return !view.height || (top + bottom > 2 * view.top && top + bottom < 2 * view.bottom); // behind an open chat it is at its top
}

/** Say how many chats have news out of view; the arrow points to where they are, or will be once nothing is held. */
function showPill() {
  for (const room of fresh) {
    const row = byId(`room-${room}-row`);
    if (!row || row.dataset.count === "0" || (!isHeld && isInView(row))) fresh.delete(room);
  }
  const hadFocus = pill() === document.activeElement;
  pill().hidden = fresh.size === 0;
  if (pill().hidden) return hadFocus && scroller().focus({ preventScroll: true });
  const here = rows().find((row) => !fresh.has(row.dataset.room) && isInView(row));
  const isBelow = (room) => here && compare(byId(`room-${room}-row`).dataset, here.dataset) > 0;
  pill().toggleAttribute("data-below", [...fresh].every(isBelow));
  pill().lastElementChild.textContent = pill().dataset.words.replace("{count}", fresh.size);
}

function goToNews() {
  const news = new Set(fresh);
  const hadFocus = pill() === document.activeElement;
  hold(false);
  const row = rows().find(({ dataset }) => news.has(dataset.room));
  row?.scrollIntoView({ block: "nearest" });
  if (hadFocus) row?.querySelector(".row-link").focus({ preventScroll: true });
}

function hold(held) {
  isHeld = held;
  if (!held) update();
}

const observer = new MutationObserver(update);
function update() {
  if (!watched?.isConnected) return;
  arrange();
  observer.takeRecords();
}

function start() {
  if (roomList() && roomList() !== watched) {
    watched = roomList();
    known = new Map();
    fresh.clear();
    left.clear();
    isHeld = false;
    learnCounts();
    observer.observe(watched, { childList: true });
    watched.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && hold(true));
    watched.addEventListener("pointerleave", () => hold(false));
    scroller().addEventListener("scroll", showPill);
    pill().addEventListener("click", goToNews);
  }
  update();
}

onContent(start);
document.addEventListener("rows-judged", update);
document.addEventListener("unread-painted", () => watched?.isConnected && showPill());
document.addEventListener("chats-changed", ({ detail }) => {
  for (const room of Object.keys(detail.seen)) if (byId(`room-${room}-row`)) reopen(byId(`room-${room}-row`));
  hold(false); // what one does oneself shows at once
  askAtOnce();
});
