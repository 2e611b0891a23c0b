// The help sheet: every key there is, and the switch that turns those of a single letter off.
import { byId } from "./page.js";
import { ACTIONS, hasSingleKeys, switchSingleKeys, wordsFor } from "./shortcuts.js";

const OTHERS = [
  ["open", "Enter"],
  ["palette", "Ctrl+K", "⌘+K"],
  ["send", "Enter"],
  ["newline", "Shift+Enter"],
  ["extend", "Shift+↓"],
  ["menu", "Shift+F10"],
  ["send-close", "Ctrl+Shift+Enter", "⌘+Shift+Enter"],
  ["back", "Escape"],
];
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const sheet = () => byId("shortcut-sheet");

function line(name, keys) {
  const entry = document.createElement("div");
  const term = document.createElement("dt");
  const meaning = document.createElement("dd");
  keys.split("+").forEach((key, place) => {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(...(place ? ["+", cap] : [cap]));
  });
  meaning.textContent = wordsFor(name);
  entry.append(term, meaning);
  return entry;
}

export function openSheet() {
  if (sheet().open) return;
  const single = ACTIONS.filter(({ key }) => key).map(({ name, key }) => line(name, key));
  byId("single-keys").replaceChildren(...single, line("help", "?"));
  byId("other-keys").replaceChildren(...OTHERS.map(([name, keys, macKeys]) => line(name, (isMac && macKeys) || keys)));
  byId("single-keys-switch").checked = hasSingleKeys();
  sheet().showModal();
}

document.addEventListener("change", ({ target }) => target.id === "single-keys-switch" && switchSingleKeys(target.checked));
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-shortcut-sheet]")) openSheet();
  else if (target === sheet() || target.closest("[data-sheet-close]")) sheet()?.close();
});
