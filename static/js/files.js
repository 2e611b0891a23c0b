// The files above the text: taken out again, sent with it as soon as they are at the server, and never lost on the way.
import { csrfToken } from "./csrf.js";
import { giveUp, say, tryAgain, words } from "./files-upload.js";
import { byId } from "./page.js";

const form = () => byId("composer");
const list = () => form().querySelector(".composer-files");
const isUploading = () => form().querySelector(".composer-attachments [data-uploading]") !== null;
const changed = () => form().dispatchEvent(new CustomEvent("files-changed", { bubbles: true, detail: { isGood: true } }));

/** Have the server delete the file of a chip; not while its form is on its way, which may have taken it along. */
function letGo(chip) {
  const url = chip.querySelector("[data-discard-url]")?.dataset.discardUrl;
  if (!url || chip.closest("form")?.classList.contains("htmx-request")) return;
  const request = { method: "POST", headers: { "X-CSRFToken": csrfToken() }, keepalive: true };
  fetch(url, request).catch(() => {}); // then it stays until files of its age are deleted
}

document.addEventListener("click", ({ target }) => {
  const chip = target.closest(".composer-file");
  if (!chip) return;
  if (target.closest("[data-file-again]")) tryAgain(chip);
  else if (target.closest("[data-file-remove]")) {
    giveUp(chip);
    letGo(chip);
    const isOfAnswer = form()?.contains(chip);
    chip.remove();
    if (!isOfAnswer) return;
    changed();
    byId("composer-text").focus();
  }
});

// Who sends while files are on their way sends when all are there; one that fails is a reason to look first.
let waiting = null;
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== form() || !isUploading()) return;
    event.preventDefault();
    event.stopPropagation();
    waiting = form();
    say(words().waiting);
  },
  { capture: true },
);
document.addEventListener("files-changed", ({ detail }) => {
  if (!waiting) return;
  const isReady = detail.isGood && waiting === form();
  if (isReady && isUploading()) return;
  waiting = null;
  say();
  if (isReady) form().requestSubmit();
});

// What was not sent with a message stays, in the form that comes back; what was is the server's to show.
let sent = [];
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target === form()) sent = [...list().children].map((chip) => chip.dataset.value);
  else if (target.matches(".hold-form")) sent = [];
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== form() || ![200, 422].includes(detail.xhr.status)) return;
  const stays = ({ dataset }) => (dataset.value ? !sent.includes(dataset.value) : "uploading" in dataset);
  const kept = [...list().children].filter(stays);
  for (const chip of kept) chip.remove(); // before htmx tidies up after the old form
  setTimeout(() => {
    list().append(...kept);
    changed();
  });
});
