// A message that waits to leave counts down; whoever wrote it takes it back, into the composer, until then.
import { unsent } from "./composer.js";
import { csrfToken } from "./csrf.js";
import { adopt } from "./draft.js";
import { saveNow } from "./draft-sync.js";
import { notify } from "./notices.js";
import { byId, messageList, onContent } from "./page.js";

const ends = new WeakMap(); // a line with its countdown -> when it ends, by this page's own clock
let timer = 0;

function show() {
  clearTimeout(timer);
  const lines = [...(messageList()?.querySelectorAll(".undo") ?? [])];
  for (const line of lines) {
    if (!ends.has(line)) ends.set(line, performance.now() + line.dataset.seconds * 1000);
    const left = Math.ceil((ends.get(line) - performance.now()) / 1000);
    if (left <= 0) {
      line.remove();
      continue;
    }
    const words = line.querySelector(".undo-words");
    words.textContent = words.dataset.words.replace("{seconds}", left);
    line.querySelector("[data-undo]").hidden = line.dataset.by !== byId("main").dataset.member;
  }
  if (lines.length) timer = setTimeout(show, 250);
}

async function undo(button) {
  button.disabled = true;
  await saveNow(); // what was written since is joined to it
  const typed = byId("composer-text").value;
  try {
    const headers = { "HX-Request": "true", "X-CSRFToken": csrfToken() };
    const answer = await fetch(button.dataset.undo, { method: "POST", headers });
    if (answer.ok) takeBack(await answer.json(), typed);
    else byId("notices").insertAdjacentHTML("beforeend", await answer.text()); // our own server's words
  } catch {
    notify("offline");
    button.disabled = false;
  }
}

function takeBack(draft, typed) {
  const box = byId("composer-text");
  const since = box.value === typed ? "" : unsent(box.value, typed);
  adopt(draft);
  if (since) box.setRangeText(since, box.value.length, box.value.length);
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  box.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-undo]");
  if (!button) return;
  event.preventDefault();
  undo(button);
});
document.addEventListener("replaced", show);
onContent(show);
