// A message that waits to leave counts down; whoever wrote it takes it back, into the composer, until then.
import { writing } from "./csrf.js";
import { takeBack } from "./draft.js";
import { saveNow } from "./draft-sync.js";
import { kindOf, notify, withdraw } from "./notices.js";
import { byId, messageList, onContent, openRoom } from "./page.js";

const AGAIN_MS = 1000;
const TIMEOUT_MS = 5000;

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
  const room = openRoom();
  button.disabled = true;
  await Promise.race([saveNow(), pause(AGAIN_MS)]); // what was written since is joined to it
  const typed = byId("composer-text")?.value ?? "";
  const { answer, text } = await asked(button.dataset.undo);
  if (answer.ok && !answer.redirected) return bringBack(room, JSON.parse(text), typed, button);
  if (answer.status === 409) return void byId("notices").insertAdjacentHTML("beforeend", text); // our own server's words
  notify(kindOf(answer.redirected ? 401 : answer.status));
  button.disabled = false;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Ask until there is an answer: where one was lost on its way, the text is a draft already, and no button is left. */
async function asked(url) {
  for (let isTold = false; ; isTold = true) {
    try {
      const headers = { "HX-Request": "true", ...writing() };
      const answer = await fetch(url, { method: "POST", headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const text = await answer.text();
      if (answer.status > 500) throw new Error(`status ${answer.status}`); // of whoever stands between
      withdraw("offline");
      return { answer, text };
    } catch {
      if (!isTold) notify("offline");
      await pause(AGAIN_MS);
    }
  }
}

/** Put the draft into the composer; where another chat is open by now, only its row says that there is one. */
function bringBack(room, draft, typed, button) {
  const box = byId("composer-text");
  if (!box || room !== openRoom()) {
    document.dispatchEvent(new CustomEvent("draft-kept", { detail: { room: room.dataset.room, isEmpty: false } }));
    return;
  }
  takeBack(draft, typed);
  if ([document.body, button].includes(document.activeElement)) box.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-undo]");
  if (!button) return;
  event.preventDefault();
  undo(button);
});
document.addEventListener("replaced", show);
onContent(show);
