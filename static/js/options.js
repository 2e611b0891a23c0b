// The answers a customer may tap, under the text: one more, one less, and how much still fits in each.
import { byId, composes, onContent } from "./page.js";

const part = () => document.querySelector(".composer-options");
const rows = () => [...part().querySelectorAll(".option")];
const inputOf = (row) => row.querySelector("input");
const shown = () => rows().filter((row) => !("extra" in row.dataset));

function paint() {
  if (!part()) return;
  for (const row of rows()) {
    const input = inputOf(row);
    row.querySelector(".option-left").textContent = input.value ? input.maxLength - input.value.length : "";
  }
  part().querySelector("[data-option-add]").hidden = shown().length === rows().length;
}

/** Show the next empty input, if the channel takes one more. */
function add() {
  const next = rows().find((row) => "extra" in row.dataset);
  if (!next) return null;
  delete next.dataset.extra;
  paint();
  return next;
}

/** Take one answer out; those below it move up. */
function remove(row) {
  const visible = shown();
  const place = visible.indexOf(row);
  visible.slice(place).forEach((each, index) => {
    inputOf(each).value = visible[place + index + 1] ? inputOf(visible[place + index + 1]).value : "";
  });
  if (visible.length > 1) visible.at(-1).dataset.extra = "";
  inputOf(shown()[Math.min(place, shown().length - 1)]).focus();
  inputOf(row).dispatchEvent(new InputEvent("input", { bubbles: true }));
}

document.addEventListener("click", ({ target }) => {
  if (!part()?.contains(target)) return;
  const removal = target.closest("[data-option-remove]");
  if (removal) remove(removal.closest(".option"));
  if (target.closest("[data-option-add]")) inputOf(add() ?? shown().at(-1)).focus();
});

// Enter goes on to the next answer: it must not send a half-written message.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || composes(event) || event.target.name !== "option") return;
  event.preventDefault();
  const visible = shown();
  const next = visible[visible.indexOf(event.target.closest(".option")) + 1] ?? (event.target.value.trim() ? add() : null);
  (next ? inputOf(next) : byId("composer-text")).focus();
});

document.addEventListener("input", ({ target }) => ["text", "option"].includes(target.name) && paint());

document.addEventListener("click", ({ target }) => {
  const summary = target.closest(".composer-options > summary");
  if (summary && !part().open) setTimeout(() => inputOf(shown()[0]).focus()); // once it is open
});

onContent(paint);
