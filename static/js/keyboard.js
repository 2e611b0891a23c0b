// j and k go through the list, Enter opens (a link does that itself), r writes an answer, s schedules one, Escape goes back to the list.
import { openFunction } from "./functions.js";
import { byId, openRoom, roomList } from "./page.js";

const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");

function step(distance) {
  const links = [...roomList().querySelectorAll(".row:not([hidden]) > .row-link")];
  const current = links.indexOf(document.activeElement.closest(".row-link"));
  const from = current >= 0 ? current : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[Math.min(Math.max(from + distance, 0), links.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (event.target.id === "composer-text") byId("thread").focus({ preventScroll: true });
    return;
  }
  if (isTyping(event.target)) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "r" && byId("composer-text")) byId("composer-text").focus();
  else if (event.key === "s" && openRoom()) openFunction("schedule");
  else return;
  event.preventDefault();
});

// With Ctrl, ⌘, Shift or the middle button a link opens a tab of its own, as links do.
document.addEventListener(
  "click",
  (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a[hx-get]")) event.stopPropagation();
  },
  { capture: true },
);
