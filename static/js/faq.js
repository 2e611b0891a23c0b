// Kept answers into the message box, at the cursor: from the panel by a button, and for the list after a slash.
import { writing } from "./csrf.js";
import { bringBack, filesOf } from "./draft-files.js";
import { byId } from "./page.js";

/** Put an answer in place of what stands from one position of the text to another, with its files. */
export function insertAnswer(answer, url, from, to) {
  const box = byId("composer-text");
  const text = answer.querySelector(".faq-text")?.textContent ?? "";
  box.focus();
  box.setRangeText(text, from, to, "end");
  const { gap } = answer.dataset; // what is not known of the customer is the next thing to type
  const start = gap ? from + text.indexOf(gap) : -1;
  if (gap) box.setSelectionRange(start, start + gap.length);
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  const files = answer.dataset.files.split(" ").filter((value) => value && !filesOf(box.form).includes(value));
  if (files.length) bringBack(box.form, files);
  fetch(url, { method: "POST", headers: { "HX-Request": "true", ...writing() } }).catch(() => {}); // only counted
}

document.addEventListener("submit", (event) => {
  const box = byId("composer-text");
  if (!event.target.matches("[data-faq-insert]") || !box) return;
  event.preventDefault();
  const back = document.querySelector(".functions-back");
  if (back?.checkVisibility()) back.click(); // the panel lies over the chat
  insertAnswer(event.target.closest("[data-faq-answer]"), event.target.action, box.selectionStart, box.selectionEnd);
});

// What a search has found is said aloud.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "faq-answers" || !document.activeElement.closest(".faq-search")) return;
  const said = byId("faq-said");
  const count = said.dataset.words.replace("{count}", target.querySelectorAll(".faq-answer").length);
  const details = [...target.querySelectorAll("li.faq-detail")].map(({ textContent }) => textContent);
  said.textContent = [count, ...details].join("; ");
});

// Whether anything may be sent now stands on the panel's buttons.
document.addEventListener("replaced", ({ target }) => {
  const panel = byId("faq-panel");
  if (!panel || !target.matches(".window") || target.dataset.mode === panel.dataset.mode) return;
  panel.dataset.mode = target.dataset.mode;
  panel.querySelector(".faq-search").requestSubmit();
});
