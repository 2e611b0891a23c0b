// Three ways to choose files for the answer: the button, dropping them on the chat, pasting them.
import { attach, canAttach } from "./files-upload.js";
import { byId } from "./page.js";

const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
const chatAt = ({ target }) => target.closest?.("#room .chat") ?? null;

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
  if (chatAt(event) && canAttach()) attach([...event.dataTransfer.files]);
});

// Tables and formatted text bring a picture of themselves along: then the text is meant.
document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain") || !chatAt(event) || !byId("composer")) return;
  event.preventDefault();
  if (canAttach()) attach([...files]);
});
