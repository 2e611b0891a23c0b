// Which chats are chosen for the buttons under the list, each as it was shown when it was chosen: one that others take
// meanwhile is not taken from them. Rows are replaced by frames; what was chosen stays so.
import { byId, onContent, roomList } from "./page.js";

const chosen = new Map(); // room id -> the chat with whose it was
let watched = null;
let last = ""; // the room that was chosen last: a range begins there

const rows = () => [...roomList().querySelectorAll(":scope > .row:not([hidden])")];
const boxOf = (row) => row.querySelector(".row-pick input");
const whole = () => byId("bulk").elements.whole;

function put(row, isChosen) {
  const { room, shown } = row.dataset;
  if (isChosen) {
    if (!chosen.has(room)) chosen.set(room, shown);
    return;
  }
  chosen.delete(room);
  if (whole()) whole().checked = false;
}

function paint() {
  if (!roomList()) return;
  for (const row of rows()) {
    boxOf(row).checked = chosen.has(row.dataset.room);
    boxOf(row).value = chosen.get(row.dataset.room) ?? row.dataset.shown;
  }
  if (whole() && !chosen.size) whole().checked = false;
  const words = byId("bulk").querySelector(".bulk-count");
  const { words: some, whole: all } = words.dataset;
  const text = whole()?.checked ? all : some.replace("{count}", chosen.size);
  if (words.textContent !== text) words.textContent = text;
  byId("bulk").toggleAttribute("data-some", chosen.size > 0);
}

/** What has left the list is not chosen any more: nobody would see what happens to it. */
function forgetTheGone() {
  const here = new Set([...roomList().querySelectorAll(":scope > .row")].map((row) => row.dataset.room));
  for (const room of chosen.keys()) if (!here.has(room)) chosen.delete(room);
  paint();
}

function choose(which) {
  chosen.clear();
  if (whole()) whole().checked = false;
  if (which === "all") for (const row of rows().slice(0, Number(byId("bulk").dataset.most))) put(row, true);
  paint();
}

function start() {
  if (!roomList() || roomList() === watched) return;
  watched = roomList();
  chosen.clear();
  new MutationObserver(forgetTheGone).observe(watched, { childList: true });
  paint();
}

/** With Shift, what was done to one is done to all from the last one on. */
function chooseOne(row, isChosen, isRange) {
  const all = rows();
  const from = isRange ? all.findIndex(({ dataset }) => dataset.room === last) : -1;
  const ends = [from < 0 ? all.indexOf(row) : from, all.indexOf(row)];
  for (const each of all.slice(Math.min(...ends), Math.max(...ends) + 1)) put(each, isChosen);
  last = row.dataset.room;
  paint();
}

/** Shift with an arrow takes the next chat in, or on the way back the one that is left out. */
function extend(row, step) {
  const all = rows();
  const next = all[all.indexOf(row) + step];
  const isBack = next && chosen.has(row.dataset.room) && chosen.has(next.dataset.room);
  put(row, !isBack);
  if (!next) return paint();
  put(next, true);
  last = next.dataset.room;
  paint();
  next.querySelector(document.activeElement.matches("input") ? ".row-pick input" : ".row-link").focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", ({ target, shiftKey }) => {
  if (target.matches(".row-pick input")) chooseOne(target.closest(".row"), target.checked, shiftKey);
  const button = target.closest("#bulk [data-choose]");
  if (button) choose(button.dataset.choose);
});
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key === "Escape" && chosen.size && target.closest("#rooms")) choose("none");
  const row = target.closest?.("#room-list > .row");
  if (!row || !event.shiftKey || !["ArrowDown", "ArrowUp"].includes(key)) return;
  event.preventDefault();
  extend(row, key === "ArrowDown" ? 1 : -1);
});
// What was done is over; a question about it is not.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const isOurs = detail.requestConfig.elt.closest("#bulk, [data-asks]"); // a question goes with its answer
  if (isOurs && detail.successful && !byId("notices").lastElementChild?.matches("[data-asks]")) choose("none");
});
// Choosing somebody to assign to, or a label, is enough: there is no need for the button beside it.
document.addEventListener("change", ({ target }) => {
  if (target.name === "whole") paint();
  if (!target.matches("#bulk select") || !target.value) return;
  target.parentElement.querySelector("button").click();
  target.value = "";
});
onContent(start);
