// The side panels: collapsed or not, remembered; and on a narrow screen, focus that follows the panel in view.
import { byId, onContent, openRoom, openRoomId, root } from "./page.js";

const WIDE = matchMedia("(width >= 1120px)");
const MEDIUM = matchMedia("(width >= 900px)");

const isRemembered = (name) => (name === "rooms" ? MEDIUM : WIDE).matches;
const isOpen = (name) => (root.dataset[name] ?? (isRemembered(name) ? "open" : "closed")) === "open";

function set(name, state) {
  if (state) root.dataset[name] = state;
  else delete root.dataset[name];
  for (const control of document.querySelectorAll(`[data-toggle="${name}"]`)) {
    control.setAttribute("aria-expanded", String(isOpen(name)));
  }
}

function recall() {
  for (const name of ["rooms", "functions"]) set(name, isRemembered(name) ? localStorage.getItem(`panel:${name}`) : null);
}

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-toggle]")?.dataset.toggle;
  if (!name || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const state = isOpen(name) ? "closed" : "open";
  if (isRemembered(name)) localStorage.setItem(`panel:${name}`, state);
  set(name, state);
});

let shown = openRoomId();
onContent(() => {
  if (openRoomId() === shown) return;
  shown = openRoomId();
  recall();
  if (document.activeElement && document.activeElement !== document.body && document.activeElement.checkVisibility()) return;
  if (openRoom()) byId("thread").focus({ preventScroll: true });
  else document.querySelector(".row-link")?.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
MEDIUM.addEventListener("change", recall);
WIDE.addEventListener("change", recall);
recall();
