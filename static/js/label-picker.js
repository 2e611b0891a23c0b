// The box for a customer's labels as a combobox: what is typed filters, Enter puts on the chosen label or creates it.
import { byId, composes, onContent } from "./page.js";

const plain = (text) => text.normalize("NFKC").trim().replace(/\s+/g, " ").toLocaleLowerCase();

let box = null;
let list = null;
let active = -1;

const options = () => [...(list?.children ?? [])];

function close() {
  list?.remove();
  list = null;
  active = -1;
  box?.setAttribute("aria-expanded", "false");
  box?.removeAttribute("aria-activedescendant");
}

function mark(index) {
  active = index;
  options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  const option = options()[index];
  if (!option) return box.removeAttribute("aria-activedescendant");
  option.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option.id);
}

function line(name, text, colour) {
  const option = document.createElement("li");
  Object.assign(option, { className: "label-option", id: `label-option-${list.children.length}`, textContent: text, dir: "auto" });
  Object.assign(option.dataset, { name, ...(colour && { colour }) });
  option.setAttribute("role", "option");
  list.append(option);
}

function open() {
  close();
  const typed = plain(box.value);
  const labels = [...byId("label-choices").options];
  const fitting = labels.filter(({ value }) => plain(value).includes(typed));
  const first = (label) => !plain(label.value).startsWith(typed);
  list = document.createElement("ul");
  Object.assign(list, { className: "label-options", id: "label-options" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.labels[0].textContent);
  for (const { value, dataset } of fitting.sort((a, b) => first(a) - first(b))) line(value, value, dataset.colour);
  const held = [...byId("customer-labels").querySelectorAll("[data-label-name]")].map((chip) => plain(chip.textContent));
  const isThere = [...held, ...labels.map(({ value }) => plain(value))].includes(typed);
  if (typed && !isThere) line(box.value.trim(), box.dataset.create.replace("{name}", () => box.value.trim()));
  if (!list.children.length) return close();
  box.after(list);
  list.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-expanded", "true");
  if (typed) mark(0);
}

function choose(option) {
  box.value = option.dataset.name;
  close();
  box.form.requestSubmit();
}

document.addEventListener("input", ({ target }) => target === box && open());
document.addEventListener("focusin", ({ target }) => target === box && open());
document.addEventListener("focusout", ({ target }) => target === box && close());
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".label-option");
  if (!option) return;
  event.preventDefault(); // the box keeps the focus
  choose(option);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== box || composes(event)) return;
  const count = options().length;
  if (event.key === "Enter" && options()[active]) choose(options()[active]);
  else if (event.key === "Escape" && list) close();
  else if (event.key === "ArrowDown" && count) mark((active + 1) % count);
  else if (event.key === "ArrowUp" && count) mark((active - 1 + count) % count);
  else if (event.key === "ArrowDown") open();
  else return;
  event.preventDefault();
  event.stopPropagation();
});

// The next label can be typed at once, and the focus is not lost with the part that was replaced.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.verb === "post" && detail.target?.id === "customer-labels") byId("label-name")?.focus();
});

onContent(() => {
  if (byId("label-name") === box) return;
  close();
  box = byId("label-name");
  if (!box) return;
  box.removeAttribute("list"); // the browser's own list would stand in front
  const role = { role: "combobox", "aria-autocomplete": "list", "aria-controls": "label-options", "aria-expanded": "false" };
  for (const [name, value] of Object.entries(role)) box.setAttribute(name, value);
});
