// How many chats the tabs and named lists have: asked for when the page comes, a moment after chats have changed, at once
// where the person has read or changed something, and every minute where a filter depends on the time.
import { paced } from "./pace.js";
import { byId, onContent } from "./page.js";

// After how long the question is asked, and how long after the one before: each counts thousands of chats.
const SOON = { after: 1500, pause: 8000, share: 50, most: 60_000 };
const OWN = { after: 200, pause: 2000, share: 12, most: 15_000 };
const EVERY_MS = 60_000;
let shown = null;
let isAnswered = false;

const { now, within } = paced(async (timed) => {
  if (!shown?.isConnected) return;
  await timed(ask).catch(() => {}); // asked again with the next change, or once the page has caught up
});

async function ask() {
  isAnswered = false;
  await htmx.ajax("GET", shown.dataset.url, { source: "#view-counts", swap: "none" });
  if (!isAnswered) throw new Error("refused");
}

const soon = () => document.hidden || within(SOON);
const own = () => document.hidden || within(OWN);

onContent(() => {
  if (byId("view-counts") === shown) return;
  shown = byId("view-counts");
  if (shown) now();
});
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target === shown) isAnswered = detail.successful;
});
document.addEventListener("htmx:wsAfterMessage", ({ target }) => target.id === "inbox-socket" && soon());
for (const news of ["caught-up", "rows-judged", "visibilitychange"]) document.addEventListener(news, soon);
for (const deed of ["chat-read", "seen-changed", "chats-changed"]) document.addEventListener(deed, own);
setInterval(() => "byTime" in (shown?.dataset ?? {}) && soon(), EVERY_MS);
