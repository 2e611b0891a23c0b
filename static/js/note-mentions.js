// "@" in a note offers the colleagues whose names begin like what follows it. The server reads the text alone.
import { byId } from "./page.js";

const MOST = 8;
const plain = (text) => text.normalize("NFKC").toLocaleLowerCase();

let list = null;
let active = 0;
let from = 0; // where in the text the sign stands

function close() {
  list?.remove();
  list = null;
  for (const name of ["aria-activedescendant", "aria-controls"]) byId("note-text")?.removeAttribute(name);
}

function mark(box, index) {
  active = index;
  [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  list.children[index].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", list.children[index].id);
}

function offer(box) {
  close();
  const before = box.value.slice(0, box.selectionStart);
  const typed = before.match(/(?:^|[^\p{L}\p{N}_@])@([^@\n]{0,40})$/u)?.[1];
  if (typed === undefined) return;
  const begins = (name) => name.startsWith(plain(typed)) || name.split(" ").some((word) => word.startsWith(plain(typed)));
  const fitting = [...byId("note-members").options].map(({ value }) => value).filter((name) => begins(plain(name)));
  if (!fitting.length) return;
  from = before.length - typed.length;
  list = document.createElement("ul");
  Object.assign(list, { className: "note-options", id: "note-options" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.labels[0].textContent);
  fitting.slice(0, MOST).forEach((name, place) => {
    const option = document.createElement("li");
    Object.assign(option, { className: "note-option", id: `note-option-${place}`, textContent: name, dir: "auto" });
    option.setAttribute("role", "option");
    list.append(option);
  });
  box.after(list);
  box.setAttribute("aria-controls", "note-options");
  mark(box, 0);
}

function choose(option) {
  const box = byId("note-text");
  box.setRangeText(`${option.textContent} `, from, box.selectionStart, "end");
  close();
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => target.id === "note-text" && offer(target));
document.addEventListener("focusout", ({ target }) => target.id === "note-text" && close());
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
    if (box.id !== "note-text" || event.isComposing) return;
    const count = list?.children.length ?? 0;
    if (!list && event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
    else if (!list) return;
    else if (event.key === "Enter" || event.key === "Tab") choose(list.children[active]);
    else if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") mark(box, (active + 1) % count);
    else if (event.key === "ArrowUp") mark(box, (active - 1 + count) % count);
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
