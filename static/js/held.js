// Answers held for the open chat. Their list follows the live frames, except while somebody is changing one of them;
// the form in which an answer is held closes once it is.
import { putBefore } from "./draft.js";
import { byId } from "./page.js";

const TYPED = "textarea, input[name=option]";

const isBeingChanged = (held) =>
  held.contains(document.activeElement) || held.querySelector("[data-asked]") || [...held.querySelectorAll(TYPED)].some((box) => box.value !== box.defaultValue);

function refresh() {
  const held = byId("held");
  if (held && !isBeingChanged(held)) htmx.trigger(held, "refresh");
}

document.body.addEventListener("htmx:wsAfterMessage", refresh);
document.addEventListener("caught-up", refresh);
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "held" && isBeingChanged(detail.target)) detail.shouldSwap = false; // begun while it was fetched
});

// A failed message is held like one that was just written: it joins what stands in the composer.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-hold]");
  if (!button) return;
  event.preventDefault();
  const failed = JSON.parse(button.dataset.hold);
  const box = byId("composer-text");
  putBefore({ ...failed, text: box.value.includes(failed.text) ? "" : failed.text });
  box.form.querySelector(".composer-hold")?.click();
});

document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!detail.successful) return;
  const line = target.closest?.(".held-answer");
  if (line) {
    for (const box of line.querySelectorAll(TYPED)) box.defaultValue = box.value;
    document.activeElement.blur();
    refresh();
  }
  if (target.matches(".hold-form")) {
    byId("composer-templates").replaceChildren();
    byId("composer-text").focus();
  }
});
