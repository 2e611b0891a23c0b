// The form an answer is written in: Enter sends, the quote, and no typed text ever lost.
import { byId, composes } from "./page.js";
import { toBottom } from "./thread.js";

const form = () => byId("composer");
const box = () => byId("composer-text");
const canSend = () => !form().querySelector(".composer-send").disabled;

/** Quote the message with this id, if the page shows it; no id takes the quote away. */
export const answer = (id) => quote(byId(`message-${id}`));

/** Put a message of this chat above the text, as what it answers; nothing takes the quote away. */
function quote(message) {
  const part = form().querySelector(".composer-quote");
  part.hidden = !message;
  form().elements.reply_to.value = message?.dataset.message ?? "";
  if (!message) return;
  const author = message.dataset.author || form().closest("#room").dataset.title;
  part.querySelector(".quote-author").textContent = author;
  part.querySelector(".quote-text").textContent = message.querySelector(".message-text, .part-label")?.textContent ?? "";
}

document.addEventListener("keydown", (event) => {
  const closes = event.shiftKey && (event.ctrlKey || event.metaKey);
  if (event.target !== box() || event.key !== "Enter" || composes(event) || (event.shiftKey && !closes)) return;
  event.preventDefault();
  const hasFiles = form().querySelector(".composer-file") !== null;
  if (!(box().value.trim() || hasFiles) || !canSend()) return;
  if (closes) form().querySelector(".composer-close").click(); // htmx knows a button by its click alone
  else form().requestSubmit();
});

document.addEventListener("click", (event) => {
  const reply = event.target.closest("[data-reply]");
  const removal = event.target.closest("[data-quote-remove]");
  if (!form() || (!reply && !removal)) return;
  event.preventDefault();
  quote(reply?.closest(".message"));
  form().dispatchEvent(new Event("quoted", { bubbles: true }));
  box().focus();
});

/** What of a text has not been sent with a message. */
export const unsent = (typed, sent) => (typed.startsWith(sent) ? typed.slice(sent.length) : typed);

// What was typed while a message was on its way stays, in the form that comes back: a fresh one, or the refused one.
let sent = "";
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target === form() || target.matches(".hold-form")) sent = box().value;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { status } = detail.xhr;
  if (detail.target !== form() || ![200, 409, 422].includes(status)) return;
  const text = status === 200 ? unsent(box().value, sent) : box().value;
  const focused = document.activeElement;
  const isFree = focused === document.body || form().contains(focused); // a clicked button, now disabled, lost it
  setTimeout(() => {
    box().value = text;
    box().dispatchEvent(new InputEvent("input", { bubbles: true }));
    if (isFree) box().focus();
    if (status === 200) toBottom();
  });
});
