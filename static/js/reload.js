// The page loads anew when its member sees other chats by now, or missed too much. Nothing that was typed is lost by that: the
// composer, a note and the search keep theirs, and for anything else it waits. It never happens under the hands of who types:
// the next letters would be keys of the page.
import { hasUnkept } from "./kept.js";
import { notify } from "./notices.js";
import { write } from "./storage.js";

export const FOCUS = "focus"; // where it was, for the page that comes
const AGAIN_MS = 1000;
const TYPING_MS = 3000;
const COMPOSING_MS = 30_000; // phones compose the last word until its box is left
const TYPED = "textarea, input:is([type=text], [type=email], [type=tel], [type=url], [type=number], [type=date], [type=datetime-local], [type=file], :not([type]))";
const KEPT = "#composer, .composer-note-form, #note-form, #search";
const BUSY = `.composer-attachments :is([data-uploading], [data-file-again]:not([hidden])), .composer-recording:not([hidden]),
  #composer-templates > *`;

let timer = 0;
let isTold = false;
let typedAt = -Infinity;
let composed = null; // the box of a word that is being composed

const isTyped = (box) => box.value !== box.defaultValue && !box.form?.matches(KEPT); // also what a closed panel holds
const wouldLose = () => hasUnkept() || document.querySelector(BUSY) || [...document.querySelectorAll(TYPED)].some(isTyped);
const isTyping = () => performance.now() - typedAt < (document.activeElement === composed ? COMPOSING_MS : TYPING_MS);

/** What is chosen when a note is written, if the chat has that choice. */
export const noteMode = () => document.querySelector("#composer-note [value=note]");

/** Load anew, now or as soon as nothing would be lost and nobody types. */
export function reload() {
  if (timer) return;
  timer = setInterval(attempt, AGAIN_MS);
  attempt();
}

function attempt() {
  if (wouldLose()) {
    if (!isTold) notify("stale");
    isTold = true;
  } else if (!isTyping()) {
    clearInterval(timer);
    keepFocus();
    location.reload();
  }
}

function keepFocus() {
  const { id, selectionStart: start, selectionEnd: end } = document.activeElement;
  write(sessionStorage, FOCUS, { id, start, end, isNote: Boolean(noteMode()?.checked) });
}

document.addEventListener("input", ({ isTrusted }) => {
  if (isTrusted) typedAt = performance.now();
});
document.addEventListener("compositionstart", ({ target }) => (composed = target));
document.addEventListener("compositionend", () => (composed = null));
