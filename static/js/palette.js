// Ctrl/⌘+K: chats by name, what can be done, functions and pages in one list that is typed into.
import { byId, composes } from "./page.js";
import { chatsCalled, fitting, ownChoices } from "./palette-choices.js";

const ASK_AFTER = 150;

const palette = () => byId("palette");
const input = () => byId("palette-text");
const options = () => [...byId("palette-list").querySelectorAll("[role=option]")];
const markedOne = () => options().find((option) => option.getAttribute("aria-selected") === "true");

let own = []; // what the page offers by itself, as it was when the palette was opened
let found = []; // chats, from the server
let choices = new Map(); // option -> its choice
let timer = 0;
let asked = 0;

function optionFor(choice, number) {
  const option = document.createElement("li");
  Object.assign(option, { id: `palette-option-${number}`, role: "option", className: "palette-option" });
  const name = document.createElement("span");
  Object.assign(name, { className: "palette-name", dir: "auto", textContent: choice.name });
  const detail = document.createElement(choice.kind === "actions" && choice.detail ? "kbd" : "span");
  Object.assign(detail, { className: "palette-detail", textContent: choice.detail });
  option.append(name, detail);
  choices.set(option, choice);
  return option;
}

function paint() {
  choices = new Map();
  for (const group of byId("palette-list").querySelectorAll("[role=group]")) {
    const list = fitting(group.dataset.kind, input().value, own, found);
    const from = choices.size;
    group.querySelector("[role=presentation]").replaceChildren(...list.map((each, place) => optionFor(each, from + place)));
    group.hidden = list.length === 0;
  }
  palette().querySelector(".palette-none").hidden = choices.size > 0;
  const count = byId("palette-count");
  count.textContent = count.dataset.words.replace("{count}", choices.size);
  mark(options()[0]);
}

function mark(option) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === option));
  if (option) input().setAttribute("aria-activedescendant", option.id);
  else input().removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

async function ask() {
  const number = asked;
  const typed = input().value.trim();
  const chats = typed ? await chatsCalled(typed) : null;
  if (!chats || number !== asked || !palette().open) return;
  found = chats;
  const { kind, name, url } = choices.get(markedOne()) ?? {};
  paint();
  const again = options().find((option) => {
    const choice = choices.get(option);
    return choice.kind === kind && choice.name === name && choice.url === url;
  });
  if (again) mark(again);
}

function choose(option) {
  if (!option) return;
  const { kind, run } = choices.get(option);
  palette().close();
  if (kind === "chats") document.activeElement.blur(); // the chat takes the focus
  run();
}

export function openPalette() {
  if (palette().open) return input().select();
  own = ownChoices();
  found = [];
  input().value = "";
  palette().showModal();
  paint();
}

document.addEventListener("input", ({ target }) => {
  if (target !== input()) return;
  asked += 1;
  found = [];
  paint();
  clearTimeout(timer);
  timer = setTimeout(ask, ASK_AFTER);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== input() || composes(event)) return;
  const all = options();
  const place = all.indexOf(markedOne());
  if (event.key === "Enter") choose(all[place]);
  else if (event.key === "ArrowDown") mark(all[(place + 1) % all.length]);
  else if (event.key === "ArrowUp") mark(all.at(place - 1));
  else return;
  event.preventDefault();
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-palette]")) openPalette();
  else if (target === palette()) palette().close();
  else choose(target.closest(".palette-option"));
});
