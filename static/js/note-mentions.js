// "@" in a note offers the colleagues whose names begin like what follows it. The server reads the text alone. In the
// message box it offers them too, and nothing is chosen until one is pointed at: what is written there becomes a note.
import { byId, composes } from "./page.js";

const MOST = 8;
const plain = (text) => text.normalize("NFKC").toLocaleLowerCase();
const moves = (box) => "mentionsMove" in box.dataset;

let list = null;
let place = null; // the box it belongs to
let active = 0;
let from = 0; // where in the text the sign stands

function close() {
  list?.remove();
  list = null;
  for (const name of ["aria-activedescendant", "aria-controls"]) place?.removeAttribute(name);
}

function mark(box, index) {
  active = index;
  [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === index)));
  list.children[index].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", list.children[index].id);
}

function offer(box) {
  close();
  const before = box.value.slice(0, box.selectionStart);
  const typed = before.match(/(?<![A-Za-z0-9_.@＠])[@＠]([^@＠\n]{0,40})$/u)?.[1];
  if (typed === undefined) return;
  const begins = (name) => name.startsWith(plain(typed)) || name.split(" ").some((word) => word.startsWith(plain(typed)));
  const fitting = [...(byId(box.dataset.mentions)?.options ?? [])].map(({ value }) => value).filter((name) => begins(plain(name)));
  if (!fitting.length) return;
  from = before.length - typed.length;
  place = box;
  active = -1;
  list = document.createElement("ul");
  Object.assign(list, { className: "note-options", id: "note-options" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.mentionsMove ?? box.labels[0].textContent);
  if (moves(box)) list.dataset.title = box.dataset.mentionsMove;
  fitting.slice(0, MOST).forEach((name, number) => {
    const option = document.createElement("li");
    Object.assign(option, { className: "note-option", id: `note-option-${number}`, textContent: name, dir: "auto" });
    option.setAttribute("role", "option");
    list.append(option);
  });
  box.after(list);
  box.setAttribute("aria-controls", "note-options");
  if (!moves(box)) mark(box, 0);
}

function choose(option) {
  const box = place;
  box.setRangeText(`${option.textContent} `, from, box.selectionStart, "end");
  close();
  box.dispatchEvent(moves(box) ? new Event("mentioned", { bubbles: true }) : new InputEvent("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => target.matches("[data-mentions]") && offer(target));
document.addEventListener("focusout", ({ target }) => target === place && close());
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".note-option");
  if (!option) return;
  event.preventDefault(); // the box keeps the focus
  choose(option);
});
document.addEventListener(
  "keydown",
  (event) => {
    const box = event.target;
    if (!box.matches?.("[data-mentions]") || composes(event)) return;
    const count = list?.children.length ?? 0;
    if (!list && box.id === "note-text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
    else if (!list) return;
    else if (event.key === "Escape") close();
    else if (active < 0 && ["Enter", "Tab"].includes(event.key)) return close();
    else if (event.key === "Enter" || event.key === "Tab") choose(list.children[active]);
    else if (event.key === "ArrowDown") mark(box, (active + 1) % count);
    else if (event.key === "ArrowUp") mark(box, (Math.max(active, 0) - 1 + count) % count);
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
