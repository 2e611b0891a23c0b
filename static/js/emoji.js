// The composer's emoji: found by name in English or Chinese, put in at the cursor; all of it with the keyboard too.
import { EMOJI } from "./emoji-list.js";
import { byId, composes } from "./page.js";

let sheet = null;

const opener = () => document.querySelector("[data-emoji-open]");
const shown = () => [...sheet.querySelectorAll(".emoji:not([hidden])")];
const linesOf = (text) => text.trim().split("\n");

function groupOf(name, label) {
  const group = document.createElement("section");
  const title = document.createElement("h3");
  title.textContent = label;
  const list = document.createElement("div");
  list.className = "emoji-list";
  for (const line of linesOf(EMOJI[name])) {
    const [sign, ...names] = line.split(" ");
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "emoji", textContent: sign, title: names.join(" "), tabIndex: -1 });
    button.setAttribute("aria-label", names.join(" "));
    list.append(button);
  }
  group.append(title, list);
  return group;
}

function open() {
  const template = byId("emoji-picker");
  sheet = template.content.firstElementChild.cloneNode(true);
  sheet.querySelector(".emoji-groups").append(...Object.keys(EMOJI).map((name) => groupOf(name, template.dataset[name])));
  sheet.querySelector("input").setAttribute("form", ""); // it is no part of the answer's form
  opener().after(sheet);
  opener().setAttribute("aria-expanded", "true");
  search("");
  byId("emoji-search").focus();
}

function close() {
  if (!sheet) return;
  const hadFocus = sheet.contains(document.activeElement);
  sheet.remove();
  sheet = null;
  opener()?.setAttribute("aria-expanded", "false");
  if (hadFocus) byId("composer-text").focus();
}

function search(text) {
  const wanted = text.trim().toLocaleLowerCase();
  for (const button of sheet.querySelectorAll(".emoji")) {
    button.hidden = !` ${button.title}`.includes(/^[a-z]/.test(wanted) ? ` ${wanted}` : wanted) && button.textContent !== wanted;
  }
  for (const group of sheet.querySelectorAll("section")) group.hidden = !group.querySelector(".emoji:not([hidden])");
  const [first] = shown();
  sheet.querySelector(".emoji-none").hidden = Boolean(first);
  if (first) point(first);
}

/** Make one emoji the one that Tab comes to. */
function point(button) {
  for (const each of sheet.querySelectorAll('.emoji[tabindex="0"]')) each.tabIndex = -1;
  button.tabIndex = 0;
}

function choose(button) {
  const box = byId("composer-text");
  close();
  box.setRangeText(button.textContent, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  box.focus();
}

/** The emoji above or below one: the nearest of the next line. */
function beside(button, direction) {
  const here = button.getBoundingClientRect();
  const lines = shown().filter((each) => (each.getBoundingClientRect().top - here.top) * direction > 1);
  if (!lines.length) return null;
  const tops = lines.map((each) => each.getBoundingClientRect().top * direction);
  const near = lines.filter((_each, place) => Math.abs(tops[place] - Math.min(...tops)) < 1);
  const distance = (each) => Math.abs(each.getBoundingClientRect().left - here.left);
  return near.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

function next(event) {
  const all = shown();
  const place = all.indexOf(event.target);
  if (place < 0) return event.key === "ArrowDown" || event.key === "Enter" ? all[0] : undefined;
  const side = document.dir === "rtl" ? -1 : 1;
  if (event.key === "ArrowRight") return all[place + side];
  if (event.key === "ArrowLeft") return all[place - side];
  if (event.key === "ArrowDown") return beside(event.target, 1);
  if (event.key === "ArrowUp") return beside(event.target, -1) ?? byId("emoji-search");
  return undefined;
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!sheet?.contains(event.target) || composes(event)) return;
    if (event.key === "Escape") close();
    else {
      const target = next(event);
      if (!target) {
        if (event.key === "Enter" && event.target.id === "emoji-search") event.preventDefault();
        return;
      }
      if (event.key === "Enter") choose(target);
      else {
        if (target.matches(".emoji")) point(target);
        target.focus();
      }
    }
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);

document.addEventListener("input", ({ target }) => target.id === "emoji-search" && search(target.value));
document.addEventListener("click", ({ target }) => {
  const isOpener = target.closest("[data-emoji-open]");
  if (target.closest(".emoji")) choose(target.closest(".emoji"));
  else if (sheet && !sheet.contains(target)) close();
  else if (isOpener) open();
});
