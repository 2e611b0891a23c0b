// The rail of functions: one panel is shown, its choice is remembered, and choosing the shown one closes the menu.
import { byId, onContent, root } from "./page.js";

const KEY = "function";
const WIDE = matchMedia("(width >= 1120px)");

const items = () => [...document.querySelectorAll("#functions [data-function]")];
const isClosed = () => root.dataset.functions === "closed" || (!WIDE.matches && root.dataset.functions !== "open");
const toggle = () => document.querySelector('[data-toggle="functions"]').click();

function show(key) {
  const chosen = items().find((item) => item.dataset.function === key);
  if (!chosen) return;
  for (const item of items()) {
    const isChosen = item === chosen;
    if (isChosen) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
    byId(`function-${item.dataset.function}`).hidden = !isChosen;
  }
  document.querySelector(".functions-title").textContent = chosen.title;
}

function reveal(key) {
  if (isClosed()) toggle();
  show(key);
}

/** Show a function's panel and remember it. */
export function openFunction(key) {
  reveal(key);
  localStorage.setItem(KEY, key);
}

document.addEventListener("click", (event) => {
  const item = event.target.closest("[data-function]");
  if (!item || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (!isClosed() && item.hasAttribute("aria-current") && WIDE.matches) toggle();
  else openFunction(item.dataset.function);
});

let menu;
onContent(() => {
  if (byId("functions") === menu) return;
  menu = byId("functions");
  const remembered = localStorage.getItem(KEY);
  if (menu?.dataset.opens) reveal(menu.dataset.opens);
  else if (menu && remembered) show(remembered);
});
