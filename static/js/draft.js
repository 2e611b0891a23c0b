// What is being written in a chat survives a reload, an expired login and a look at another chat, in this tab.
import { byId, onContent, openRoomId } from "./page.js";

const key = (room) => `draft:${room}`;

function save(room, text) {
  if (text) sessionStorage.setItem(key(room), text);
  else sessionStorage.removeItem(key(room));
}

let restored = null;
onContent(() => {
  const box = byId("composer-text");
  if (!box || box === restored) return;
  const isNewRoom = !restored || restored.dataset.room !== openRoomId();
  restored = box;
  box.dataset.room = openRoomId();
  const draft = sessionStorage.getItem(key(openRoomId()));
  if (isNewRoom && draft && !box.value) {
    box.value = draft;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
});

document.addEventListener("input", ({ target }) => {
  if (target.id === "composer-text") save(openRoomId(), target.value);
});

// Sent: the draft goes, also when another chat was opened before the answer came.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt, parameters } = detail.requestConfig;
  const room = elt.querySelector?.("#composer-text")?.dataset.room;
  if (elt.id !== "composer" || !detail.successful || !room) return;
  if (sessionStorage.getItem(key(room)) === parameters.text) save(room, "");
});

// Whoever signs out leaves nothing behind on a shared computer.
document.addEventListener("submit", ({ target }) => target.matches(".sign-out") && sessionStorage.clear());
