// What can be done with one chat: by its "…", a right click, or the menu key on its row.
import { byId } from "./page.js";

const menu = () => byId("row-menu");
let opener = () => null; // where the focus goes back to: a row is replaced by what was done to its chat
let place = { x: 0, y: 0 };

const items = () => [...menu().querySelectorAll(".menu-item")].filter((item) => !item.hidden && !item.closest(".menu-group[hidden]"));

function open(row, x, y) {
  opener = () => byId(row.id)?.querySelector(".row-link");
  place = { x, y };
  menu().elements.room.value = row.dataset.shown;
  menu().querySelector("[data-copy-link]").dataset.copyLink = opener().href;
  for (const item of menu().querySelectorAll("[data-when]")) {
    item.hidden = !item.dataset.when.split(" ").includes(row.dataset.status);
  }
  const unread = Number(row.dataset.count) ? "some" : "none";
  for (const item of menu().querySelectorAll("[data-unread]")) item.hidden = item.dataset.unread !== unread;
  const held = new Set([...row.querySelectorAll("[data-label]")].map((dot) => dot.dataset.label));
  for (const item of menu().querySelectorAll("[data-label]")) {
    const { label } = item.dataset;
    item.setAttribute("aria-checked", String(held.has(label)));
    item.value = `label:${held.has(label) ? "off-" : ""}${label}`;
  }
  for (const group of menu().querySelectorAll("[data-group]")) unfold(group, false);
  menu().showPopover();
  arrange();
  items()[0].focus();
}

/** Put the menu where it was asked for, as far as it fits there. */
function arrange() {
  const { offsetWidth, offsetHeight } = menu();
  menu().style.setProperty("--x", `${Math.max(Math.min(place.x, innerWidth - offsetWidth - 8), 8)}px`);
  menu().style.setProperty("--y", `${Math.max(Math.min(place.y, innerHeight - offsetHeight - 8), 8)}px`);
}

function unfold(button, isOpen) {
  button.setAttribute("aria-expanded", String(isOpen));
  byId(button.getAttribute("aria-controls")).hidden = !isOpen;
}

/** Close the menu; whoever has gone on elsewhere meanwhile stays there. */
function close() {
  const isHere = document.activeElement === document.body || menu().contains(document.activeElement);
  menu().hidePopover();
  if (isHere) opener()?.focus({ preventScroll: true });
}

/** Do with a chat what the menu does, without showing the menu. */
export function doWithChat(roomId, what) {
  opener = () => null;
  menu().elements.room.value = roomId;
  const button = menu().querySelector("[data-deed]");
  button.value = what;
  button.click();
}

function go(event) {
  const all = items();
  const here = document.activeElement;
  const at = all.indexOf(here);
  const named = (item) => item.textContent.trim().toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase());
  if (event.key === "ArrowDown") return all[(at + 1) % all.length];
  if (event.key === "ArrowUp") return all.at(at - 1);
  if (event.key === "Home") return all[0];
  if (event.key === "End") return all.at(-1);
  const [into, outOf] = menu().matches(":dir(rtl)") ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
  if (event.key === into && here.matches("[data-group]")) return (unfold(here, true), arrange(), items()[at + 1]);
  if (event.key === outOf && here.closest(".menu-group")) return here.closest(".menu-group").previousElementSibling;
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) return null;
  return [...all.slice(at + 1), ...all].find(named) ?? here; // letters are names here, not keys of the page
}

// htmx would carry the style over to the list's next copy, as an attribute, and the page's policy forbids those.
document.addEventListener(
  "toggle",
  ({ target, newState }) => {
    if (target.id === "row-menu" && newState === "closed") target.removeAttribute("style");
  },
  { capture: true },
);
document.addEventListener("click", ({ target }) => {
  const more = target.closest(".row-more");
  if (more) {
    const { left, bottom } = more.getBoundingClientRect();
    open(more.closest(".row"), left, bottom);
  }
  const group = target.closest("#row-menu [data-group]");
  if (!group) return;
  unfold(group, group.getAttribute("aria-expanded") !== "true");
  arrange();
});
document.addEventListener("contextmenu", (event) => {
  const row = event.target.closest(".room-list > .row");
  if (!row || event.shiftKey) return; // with Shift, the browser's own menu
  event.preventDefault();
  const { left, top } = row.getBoundingClientRect();
  const isByKey = event.button !== 2;
  open(row, isByKey ? left + 56 : event.clientX, isByKey ? top + 32 : event.clientY);
});
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#row-menu")) return;
  const next = go(event);
  if (!next) return;
  event.preventDefault();
  next.focus();
});
document.addEventListener("click", async ({ target }) => {
  const item = target.closest("#row-menu [data-copy-link]");
  if (!item) return;
  await navigator.clipboard.writeText(item.dataset.copyLink);
  close();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.closest("#row-menu")) close();
});
