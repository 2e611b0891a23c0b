// Kept answers into the message box, at the cursor: from the panel by a button, and for the list after a slash.
import { csrfToken } from "./csrf.js";
import { bringBack, filesOf } from "./draft-files.js";
import { byId } from "./page.js";

const GAP = /\{(?:name|first_name|phone|agent)\}/;

/** Put an answer in place of what stands from one position of the text to another, with its files. */
export function insertAnswer(answer, url, from, to) {
  const box = byId("composer-text");
  const text = answer.querySelector(".faq-text")?.textContent ?? "";
  box.focus();
  box.setRangeText(text, from, to, "end");
  const gap = text.match(GAP); // what is not known of the customer is the next thing to type
  if (gap) box.setSelectionRange(from + gap.index, from + gap.index + gap[0].length);
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  const files = answer.dataset.files.split(" ").filter((value) => value && !filesOf(box.form).includes(value));
  if (files.length) bringBack(box.form, files);
  fetch(url, { method: "POST", headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() } }).catch(() => {}); // only counted
}

document.addEventListener("submit", (event) => {
  const box = byId("composer-text");
  if (!event.target.matches("[data-faq-insert]") || !box) return;
  event.preventDefault();
  const back = document.querySelector(".functions-back");
  if (back?.checkVisibility()) back.click(); // the panel lies over the chat
  insertAnswer(event.target.closest("[data-faq-answer]"), event.target.action, box.selectionStart, box.selectionEnd);
});

// Whether anything may be sent now stands on the panel's buttons.
document.addEventListener("replaced", ({ target }) => {
  const panel = byId("faq-panel");
  if (!panel || !target.matches(".window") || target.dataset.mode === panel.dataset.mode) return;
  panel.dataset.mode = target.dataset.mode;
  panel.querySelector(".faq-search").requestSubmit();
});
