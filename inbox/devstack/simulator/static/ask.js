// A question with one line to type, in a dialog.

import { byId } from "./dom.js";

/** Ask, with a suggestion filled in. Resolves to the answer, or to null when it was cancelled. */
export function ask(title, label, suggestion) {
  const dialog = byId("ask");
  const field = byId("ask-answer");
  byId("ask-title").textContent = title;
  byId("ask-label").textContent = label;
  field.value = suggestion;
  dialog.returnValue = "";
  dialog.showModal();
  field.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? field.value.trim() || null : null), { once: true });
  });
}

export function startAsk() {
  byId("ask").querySelector("[value=cancel]").addEventListener("click", () => byId("ask").close(""));
  byId("ask").querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("ask").close("ok");
  });
}
