// What can be done with one chat: by its "…", a right click, or the menu key on its row.
import { byId } from "./page.js";

const menu = () => byId("row-menu");
let opener = null;

function open(row, x, y) {
  opener = row.querySelector(".row-link");
  menu().elements.room.value = row.dataset.room;
  menu().querySelector("[data-copy-link]").dataset.copyLink = opener.href;
  for (const item of menu().querySelectorAll("[data-when]")) {
    item.hidden = !item.dataset.when.split(" ").includes(row.dataset.status);
  }
  menu().showPopover();
  const { offsetWidth, offsetHeight } = menu();
  menu().style.setProperty("--x", `${Math.max(Math.min(x, innerWidth - offsetWidth - 8), 8)}px`);
  menu().style.setProperty("--y", `${Math.max(Math.min(y, innerHeight - offsetHeight - 8), 8)}px`);
  items()[0].focus();
}

const items = () => [...menu().querySelectorAll(".menu-item:not([hidden])")];

function close() {
  menu().hidePopover();
  opener?.focus({ preventScroll: true });
}

/** Do with a chat what a button of the menu does, without showing the menu. */
export function doWithChat(roomId, what) {
  opener = document.activeElement;
  menu().elements.room.value = roomId;
  menu().querySelector(`[name="do"][value="${what}"]`).click();
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
  const button = target.closest(".row-more");
  if (button) {
    const place = button.getBoundingClientRect();
    open(button.closest(".row"), place.left, place.bottom);
  }
});
document.addEventListener("contextmenu", (event) => {
  const row = event.target.closest(".room-list > .row");
  if (!row || event.shiftKey) return; // with Shift, the browser's own menu
  event.preventDefault();
  const place = row.getBoundingClientRect();
  const isByKey = event.button !== 2;
  open(row, isByKey ? place.left + 56 : event.clientX, isByKey ? place.top + 32 : event.clientY);
});
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#row-menu")) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = items();
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
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
