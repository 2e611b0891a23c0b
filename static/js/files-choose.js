// Three ways to choose files for the answer: the button, dropping them on the chat, pasting them.
import { refuseFiles, showAnswer } from "./composer-note.js";
import { attach, canAttach } from "./files-upload.js";
import { byId } from "./page.js";

const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
const isInNote = ({ target }) => Boolean(target.closest?.(".composer-note-form"));
const chatAt = (event) => (isInNote(event) ? null : event.target.closest?.("#room .chat") ?? null);

/** Files are for the customer: they stand where the answer is written, also when a note was being written. */
function take(files) {
  showAnswer();
  if (canAttach()) attach(files);
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-attach]") && canAttach()) byId("composer-upload").click();
});

document.addEventListener("change", ({ target }) => {
  if (target.id !== "composer-upload") return;
  if (canAttach()) attach([...target.files]);
  target.value = ""; // they go by themselves, not with the form
});

let marked = null;
function mark(chat) {
  if (marked === chat) return;
  marked?.removeAttribute("data-dropping");
  chat?.setAttribute("data-dropping", "");
  marked = chat;
}

// A file that misses the chat must not replace the page.
document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = chatAt(event) && byId("composer") ? "copy" : "none";
  mark(byId("composer") ? chatAt(event) : null);
});
document.addEventListener("dragleave", (event) => event.relatedTarget || mark(null));
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  mark(null);
  if (chatAt(event)) take([...event.dataTransfer.files]);
});

// Tables and formatted text bring a picture of themselves along: then the text is meant.
document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain") || !byId("composer")) return;
  if (isInNote(event)) refuseFiles();
  else if (chatAt(event)) take([...files]);
  else return;
  event.preventDefault();
});
