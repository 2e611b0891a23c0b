// Which chats are chosen for the buttons under the list. Rows are replaced by frames; what was chosen stays so.
import { byId, onContent, roomList } from "./page.js";

const chosen = new Set();
let watched = null;

const boxes = () => [...roomList().querySelectorAll(".row:not([hidden]) .row-pick input")];

function paint() {
  if (!roomList()) return;
  for (const box of boxes()) box.checked = chosen.has(box.value);
  const words = byId("bulk").querySelector(".bulk-count");
  const text = words.dataset.words.replace("{count}", chosen.size);
  if (words.textContent !== text) words.textContent = text;
  byId("bulk").toggleAttribute("data-some", chosen.size > 0);
}

/** What has left the list is not chosen any more: nobody would see what happens to it. */
function forgetTheGone() {
  const here = new Set([...roomList().querySelectorAll(".row-pick input")].map((box) => box.value));
  for (const room of chosen) if (!here.has(room)) chosen.delete(room);
  paint();
}

function choose(which) {
  chosen.clear();
  if (which === "all") for (const box of boxes().slice(0, Number(byId("bulk").dataset.most))) chosen.add(box.value);
  paint();
}

function start() {
  if (!roomList() || roomList() === watched) return;
  watched = roomList();
  chosen.clear();
  new MutationObserver(forgetTheGone).observe(watched, { childList: true });
  paint();
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches(".row-pick input")) return;
  if (target.checked) chosen.add(target.value);
  else chosen.delete(target.value);
  paint();
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("#bulk [data-choose]");
  if (button) choose(button.dataset.choose);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosen.size && event.target.closest("#rooms")) choose("none");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.closest("#bulk") && detail.successful) choose("none");
});
// Choosing somebody to assign to, or a label, is enough: there is no need for the button beside it.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("#bulk select") || !target.value) return;
  target.parentElement.querySelector("button").click();
  target.value = "";
});
onContent(start);
