// "/" in the message box offers kept answers above it: arrows choose, Enter puts one in the place of the /word. After
// text that is written without spaces it may as well mean "or": there nothing is chosen until an arrow points at it.
import { asking } from "./csrf.js";
import { insertAnswer } from "./faq.js";
import { byId, composes } from "./page.js";

const ASK_AFTER = 120;

let popup = null;
let active = -1;
let word = null; // where the /word stands, while it is being typed
let closedAt = -1; // the /word that was closed with Escape
let timer = 0;
let asked = 0;
let isAwaited = false; // asked for, and not there yet
let isChosen = false; // Enter was faster than the answer

const box = () => byId("composer-text");
const options = () => [...(popup?.querySelectorAll("[role=option]") ?? [])];

/** The /word that ends at the cursor. A path, a date or "and/or" is none. */
function wordOf({ value, selectionStart, selectionEnd }) {
  const found = value.slice(0, selectionStart).match(/(^|\s|[\u2e80-\u{3ffff}])[/／]([^\s/／]{0,40})$/u);
  if (!found || selectionStart !== selectionEnd) return null;
  const [, before, search] = found;
  return { from: selectionStart - search.length - 1, to: selectionStart, search, isAlone: !before.trim() };
}

function close() {
  clearTimeout(timer);
  asked += 1;
  isAwaited = isChosen = false;
  popup?.remove();
  popup = word = null;
  active = -1;
  box()?.removeAttribute("aria-activedescendant");
  box()?.removeAttribute("aria-controls");
}

function mark(index) {
  active = index;
  options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  options()[index]?.scrollIntoView({ block: "nearest" });
  if (index < 0) box().removeAttribute("aria-activedescendant");
  else box().setAttribute("aria-activedescendant", options()[index].id);
}

function choose(option) {
  const { from, to } = word;
  close();
  if (!option.matches("[data-faq-templates]")) return insertAnswer(option, option.dataset.url, from, to);
  box().setRangeText("", from, to, "end");
  box().dispatchEvent(new InputEvent("input", { bubbles: true }));
  box().form.querySelector(".composer-choose").click();
}

function show(html) {
  popup ??= document.createElement("div");
  popup.className = "faq-popup";
  popup.innerHTML = html;
  if (!options().length) return close();
  if (!popup.isConnected) box().before(popup);
  box().setAttribute("aria-controls", "faq-choices");
  mark(word.isAlone ? 0 : -1);
  if (isChosen) choose(options()[0]);
}

async function ask() {
  asked += 1;
  const number = asked;
  const query = new URLSearchParams({ search: word.search });
  try {
    const answer = await fetch(`${box().form.dataset.faqUrl}?${query}`, { headers: asking() });
    const html = answer.ok ? await answer.text() : "";
    if (number !== asked) return;
    isAwaited = false;
    show(html);
  } catch {
    if (number === asked) close(); // offline: the word stays as it is typed
  }
}

function follow() {
  const found = wordOf(box());
  if (!found || found.from === closedAt) {
    if (!found) closedAt = -1;
    return close();
  }
  word = found;
  asked += 1; // what is still on its way answers another word
  isAwaited = true;
  clearTimeout(timer);
  timer = setTimeout(ask, ASK_AFTER);
}

document.addEventListener("input", (event) => event.target === box() && !event.isComposing && follow());
document.addEventListener("compositionend", ({ target }) => target === box() && follow());
document.addEventListener("focusout", ({ target }) => target === box() && close());
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".faq-choice");
  if (!option) return;
  event.preventDefault(); // the box keeps the focus
  choose(option);
});
// Before the composer, for which Enter sends.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== box() || !word || composes(event) || event.shiftKey || event.ctrlKey || event.metaKey) return;
    const count = options().length;
    if (event.key === "Enter" && isAwaited && word.isAlone) isChosen = true;
    else if (event.key === "Escape") {
      closedAt = word.from;
      close();
    } else if (active < 0 && ["Enter", "Tab"].includes(event.key)) return close();
    else if (!count) return;
    else if (event.key === "Enter" || event.key === "Tab") choose(options()[active]);
    else if (event.key === "ArrowDown") mark((active + 1) % count);
    else if (event.key === "ArrowUp") mark((Math.max(active, 0) - 1 + count) % count);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") return close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
