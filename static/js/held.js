// Answers held for the open chat. Their list follows the live frames, except while somebody is changing one of them;
// the form in which an answer is held closes once it is.
import { byId } from "./page.js";

const isBeingChanged = (held) =>
  held.contains(document.activeElement) || [...held.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);

function refresh() {
  const held = byId("held");
  if (held && !isBeingChanged(held)) htmx.trigger(held, "refresh");
}

document.body.addEventListener("htmx:wsAfterMessage", refresh);
document.addEventListener("caught-up", refresh);

// A failed message is held like one that was just written: its text joins what stands in the composer.
document.addEventListener("click", (event) => {
  const failed = event.target.closest("[data-hold]");
  if (!failed) return;
  event.preventDefault();
  const box = byId("composer-text");
  if (!box.value.includes(failed.value)) box.value = [box.value.trimEnd(), failed.value].filter(Boolean).join("\n\n");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.form.querySelector(".composer-hold")?.click();
});

document.body.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!detail.successful) return;
  const line = target.closest?.(".held-answer");
  if (line) {
    const box = line.querySelector("textarea");
    box.defaultValue = box.value;
    document.activeElement.blur();
    refresh();
  }
  if (target.matches(".hold-form")) {
    byId("composer-templates").replaceChildren();
    byId("composer-text").focus();
  }
});
