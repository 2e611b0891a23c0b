// The channel's own marks around the chosen words, by button or by Ctrl+B and Ctrl+I; once more takes them away.
import { byId } from "./page.js";

function toggle(mark) {
  const box = byId("composer-text");
  const { selectionStart, selectionEnd, value } = box;
  const chosen = value.slice(selectionStart, selectionEnd);
  // Apps show marks that touch the words: spaces stay outside.
  const from = selectionStart + (chosen.trim() ? chosen.length - chosen.trimStart().length : 0);
  const words = chosen.trim() || chosen;
  const to = from + words.length;
  const isMarked = value.slice(from - mark.length, from) === mark && value.slice(to, to + mark.length) === mark;
  if (isMarked && from >= mark.length) box.setRangeText(words, from - mark.length, to + mark.length, "select");
  else {
    box.setRangeText(`${mark}${words}${mark}`, from, to, "end");
    box.setSelectionRange(from + mark.length, to + mark.length);
  }
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  box.focus();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-mark]");
  if (button) toggle(button.dataset.mark);
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "composer-text" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const button = event.target.form.querySelector(`[data-mark-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  toggle(button.dataset.mark);
});
