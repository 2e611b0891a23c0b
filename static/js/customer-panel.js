// The customer's panel follows what colleagues change, part by part; one in which somebody writes waits until they are done.
import { asking } from "./csrf.js";
import { byId, openRoomId } from "./page.js";
import { replace } from "./upsert.js";

const INPUTS = "input:not([type=hidden]), select, textarea";
let isAsking = false;

function isChanged(input) {
  if (input.matches("select")) return [...input.options].some((option) => option.selected !== option.defaultSelected);
  return input.value !== input.defaultValue;
}

function isBusy(part) {
  return Boolean(part.querySelector("details[open], [aria-invalid]")) || [...part.querySelectorAll(INPUTS)].some(isChanged);
}

function put(panel, fresh) {
  const parts = [...fresh.querySelectorAll("[data-part]")];
  const ids = new Set(parts.map((part) => part.id));
  for (const part of panel.querySelectorAll("[data-part]")) if (!ids.has(part.id) && !isBusy(part)) part.remove();
  for (const next of parts) {
    const part = byId(next.id);
    if (part && !isBusy(part)) replace(part, document.adoptNode(next));
  }
}

const news = () => byId(`room-${openRoomId()}-name`)?.dataset.customer;

async function follow() {
  const panel = byId("customer-panel");
  const revision = news();
  if (!panel || !revision || isAsking || panel.dataset.customer === revision) return;
  isAsking = true;
  const headers = { ...asking(), "HX-Current-URL": location.href };
  const answer = await fetch(panel.dataset.url, { headers }).catch(() => null);
  const text = answer?.ok ? await answer.text() : "";
  isAsking = false;
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("customer-panel");
  if (!fresh || byId("customer-panel") !== panel) return;
  const isWaiting = [...panel.querySelectorAll("[data-part]")].some(isBusy);
  put(panel, fresh);
  // With a part that waits the panel stays old: the next look brings what it missed.
  if (!isWaiting) panel.dataset.customer = fresh.dataset.customer;
  const timeline = byId("customer-timeline");
  if (timeline) htmx.trigger(timeline, "timeline-changed");
}

// Whoever has sent a part's form stays in the part: at what folded the form away, else at the part, which says what is new.
let left = null;
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (!target.matches?.("#customer-panel [data-part]")) return;
  const { activeElement } = document;
  left = target.contains(activeElement) ? { id: target.id, isFolded: activeElement.closest("details") !== null } : null;
});

function stay() {
  const { id, isFolded } = left ?? {};
  left = null;
  const part = byId(id);
  if (!part || document.activeElement !== document.body) return;
  const opener = isFolded ? part.querySelector("summary") : null;
  if (!opener) part.tabIndex = -1;
  (opener ?? part).focus({ preventScroll: true });
}

document.addEventListener("replaced", ({ target }) => target.id === `room-${openRoomId()}-name` && follow());
document.addEventListener(
  "toggle",
  ({ target }) => !target.open && target.closest?.("#customer-panel") && setTimeout(follow, 300),
  true,
);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!detail.target?.matches?.("[data-part]")) return;
  stay();
  follow();
});
