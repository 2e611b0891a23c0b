// How many chats the tabs and named lists have: asked for when the page comes, and a moment after chats have changed.
import { byId, onContent } from "./page.js";

const SOON_MS = 1500;
const PAUSE_MS = 8000; // between two questions: each counts thousands of chats
let timer = 0;
let askedAt = 0;
let shown = null;

function ask() {
  askedAt = Date.now();
  const answer = htmx.ajax("GET", shown.dataset.url, { source: "#view-counts", swap: "none" });
  answer.catch(() => {}); // without a line to the server: asked again once the page has caught up
}

function soon() {
  if (timer) return;
  const wait = Math.max(SOON_MS, askedAt + PAUSE_MS - Date.now()) * (1 + Math.random() / 4);
  timer = setTimeout(() => {
    timer = 0;
    if (!document.hidden && shown?.isConnected) ask();
  }, wait);
}

onContent(() => {
  if (byId("view-counts") === shown) return;
  shown = byId("view-counts");
  if (shown) ask();
});
document.addEventListener("htmx:wsAfterMessage", ({ target }) => target.id === "inbox-socket" && soon());
for (const news of ["caught-up", "chats-changed", "visibilitychange"]) document.addEventListener(news, soon);
