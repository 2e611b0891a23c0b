// Keys of the whole page: those of shortcuts.js while nobody types, Ctrl/⌘+K and "?", and Escape back to the list.
// Enter opens a chat: a link does that itself.
import { byId, composes } from "./page.js";
import { openPalette } from "./palette.js";
import { openSheet } from "./shortcut-sheet.js";
import { ACTIONS, hasSingleKeys, isPossible } from "./shortcuts.js";

const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const isBelowDialog = () => Boolean(document.querySelector("dialog:modal"));

function goBack({ target }) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (target.id === "composer-text") byId("thread").focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (composes(event) || event.altKey || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "k" || event.shiftKey || (isBelowDialog() && !byId("palette").open)) return;
    event.preventDefault();
    openPalette();
    return;
  }
  if (isBelowDialog()) return;
  if (event.key === "Escape") return goBack(event);
  if (event.target.matches(TYPED_IN) || event.repeat && !"jk".includes(event.key) || !hasSingleKeys()) return;
  const action = ACTIONS.find(({ key }) => key === event.key);
  if (event.key === "?") openSheet();
  else if (action && isPossible(action)) action.run();
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
