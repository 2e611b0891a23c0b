// Who else looks at the open chat, and who writes in it: signals over its socket, and word of one's own writing.
import { writing } from "./csrf.js";
import { byId, onContent, openRoomId } from "./page.js";

const TELL_AGAIN_MS = 3000;
const WRITES_FOR_MS = 6000; // as long as the server counts it, see actions/_presence.py

const me = () => Number(byId("main").dataset.member);

let room = "";
let others = [];
const writes = new Map(); // member id -> until when
let timer = 0;
let told = 0;

document.addEventListener("htmx:wsBeforeMessage", ({ target, detail }) => {
  if (target.id !== "room-socket" || !detail.message.startsWith("{")) return;
  const signal = JSON.parse(detail.message);
  if (signal.type !== "presence" || String(signal.room) !== openRoomId()) return;
  others = signal.people.filter(({ id }) => id !== me());
  for (const { id, writes: isWriting } of others) if (isWriting) writes.set(id, Date.now() + WRITES_FOR_MS);
  for (const id of writes.keys()) if (!others.some((person) => person.id === id && person.writes)) writes.delete(id);
  paint();
});

function paint() {
  const list = byId("viewers");
  if (!list) return;
  list.hidden = !others.length;
  list.replaceChildren(...others.map((person) => avatar(person, list.dataset.words)));
  paintWriting();
}

function avatar({ name, initials }, words) {
  const item = document.createElement("li");
  item.className = "avatar avatar-small viewer";
  item.title = words.replace("{name}", name);
  const short = document.createElement("span");
  short.setAttribute("aria-hidden", "true");
  short.textContent = initials;
  const long = document.createElement("span");
  long.className = "visually-hidden";
  long.textContent = name;
  item.append(short, long);
  return item;
}

function paintWriting() {
  const line = byId("writing");
  if (!line) return;
  clearTimeout(timer);
  const now = Date.now();
  const names = others.filter(({ id }) => writes.get(id) > now).map(({ name }) => name);
  const words = names.length > 1 ? line.dataset.many : line.dataset.one;
  const text = names.length ? words.replace(/{names?}/, () => new Intl.ListFormat(document.documentElement.lang).format(names)) : "";
  if (line.textContent !== text) line.textContent = text;
  if (names.length) timer = setTimeout(paintWriting, 500);
}

document.addEventListener("input", ({ target }) => {
  if (target.id !== "composer-text" || !target.value.trim() || !others.length) return;
  if (Date.now() - told < TELL_AGAIN_MS) return;
  told = Date.now();
  fetch(byId("viewers").dataset.writingUrl, {
    method: "POST",
    headers: { "HX-Request": "true", ...writing() },
  }).catch(() => {}); // a courtesy: nobody waits for it
});

onContent(() => {
  if (openRoomId() === room) return paint();
  room = openRoomId();
  others = [];
  writes.clear();
  told = 0;
  paint();
});
