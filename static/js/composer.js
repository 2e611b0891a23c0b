// The form an answer is written in: Enter sends, a counter, the quote, and no typed text ever lost.
import { byId, onContent } from "./page.js";
import { toBottom } from "./thread.js";

const COUNT_FROM = 0.8; // of the limit; below, the counter would only distract
const form = () => byId("composer");
const box = () => byId("composer-text");
const length = (text, unit) => (unit === "bytes" ? new TextEncoder().encode(text).length : [...text].length);

function count() {
  if (!form()) return;
  const { limit, unit } = form().dataset;
  const output = form().querySelector(".composer-count");
  const left = Number(limit) - length(box().value.trim(), unit);
  output.textContent = "";
  output.dataset.state = left < 0 ? "over" : "";
  if (limit && left < limit * (1 - COUNT_FROM)) {
    const words = left < 0 ? output.dataset.over : output.dataset.words;
    output.textContent = words.replace(/\{\w+\}/, Math.abs(left));
  }
}

/** Put a message of this chat above the text, as what it answers; nothing takes the quote away. */
function quote(message) {
  const part = form().querySelector(".composer-quote");
  part.hidden = !message;
  form().elements.reply_to.value = message?.dataset.message ?? "";
  if (!message) return;
  const author = message.dataset.author || form().closest("#room").dataset.title;
  part.querySelector(".quote-author").textContent = author;
  part.querySelector(".quote-text").textContent = message.querySelector(".message-text, .kind-label")?.textContent ?? "";
}

document.addEventListener("keydown", (event) => {
  if (event.target !== box() || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (box().value.trim()) form().requestSubmit();
});

document.addEventListener("input", (event) => event.target === box() && count());

document.addEventListener("click", (event) => {
  const reply = event.target.closest("[data-reply]");
  const removal = event.target.closest("[data-quote-remove]");
  if (!form() || (!reply && !removal)) return;
  event.preventDefault();
  quote(reply?.closest(".message"));
  box().focus();
});

// What was typed while a message was on its way stays, in the fresh form that comes back.
let sent = "";
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target === form()) sent = box().value;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== form() || detail.xhr.status !== 200) return;
  const typed = box().value;
  const rest = typed.startsWith(sent) ? typed.slice(sent.length) : typed;
  const hadFocus = form().contains(document.activeElement);
  setTimeout(() => {
    if (rest) box().value = rest;
    box().dispatchEvent(new InputEvent("input", { bubbles: true }));
    if (hadFocus) box().focus();
    toBottom();
  });
});

onContent(count);
