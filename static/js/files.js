// The files above the text: taken out again, sent with it as soon as they are at the server, and never lost on the way.
import { writing } from "./csrf.js";
import { saveNow } from "./draft-sync.js";
import { giveUp, say, tryAgain, words } from "./files-upload.js";
import { byId } from "./page.js";

const form = () => byId("composer");
const list = () => form().querySelector(".composer-files");
const takesFiles = (target) => target === form() || target.matches(".hold-form"); // along with what it sends, or holds
const isUploading = () => form().querySelector(".composer-attachments [data-uploading]") !== null;
const changed = () => form().dispatchEvent(new CustomEvent("files-changed", { bubbles: true, detail: { isGood: true } }));

/** Have the server delete the file of a chip; not while its form is on its way, which may have taken it along. */
function letGo(chip) {
  const url = chip.querySelector("[data-discard-url]")?.dataset.discardUrl;
  if (!url || chip.closest("form")?.classList.contains("htmx-request")) return;
  const request = { method: "POST", headers: writing(), keepalive: true };
  // After the draft, which has it still; offline it stays until files of its age are deleted.
  setTimeout(() => saveNow().then(() => fetch(url, request)).catch(() => {}));
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

// A location or a contact that was written comes to the files; one that is there already is the same.
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches?.(".card-form") || !detail.successful) return;
  byId("composer-templates").replaceChildren();
  const [, ...again] = [...list().querySelectorAll(`[id="${list().lastElementChild.id}"]`)];
  for (const chip of again) chip.remove();
  changed();
  byId("composer-text").focus();
});

// Who sends, or holds, while files are on their way does it when all are there; one that fails is a reason to look first.
let waiting = null; // the form, and the button that was pressed
document.addEventListener(
  "submit",
  (event) => {
    if (!takesFiles(event.target) || !isUploading()) return;
    event.preventDefault();
    event.stopPropagation();
    waiting = { form: event.target, button: event.submitter };
    say(words().waiting);
  },
  { capture: true },
);
document.addEventListener("files-changed", ({ detail }) => {
  if (!waiting) return;
  const ready = detail.isGood && waiting.form.isConnected ? waiting : null;
  if (ready && isUploading()) return;
  waiting = null;
  say();
  if (ready?.button?.isConnected) ready.button.click();
  else ready?.form.requestSubmit();
});

// What was not sent with a message stays, in the form that comes back; what was is the server's to show.
let sent = [];
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (takesFiles(target)) sent = [...list().children].map((chip) => chip.dataset.value);
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
