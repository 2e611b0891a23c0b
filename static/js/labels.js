// Labels in the open page: a change of one repaints every chip and dot of it, and the open panel follows the chat's header.
import { asking } from "./csrf.js";
import { openFunction } from "./functions.js";
import { offerLabels } from "./label-offers.js";
import { spread } from "./pace.js";
import { byId, onContent, openRoomId } from "./page.js";

const source = byId("label-news")?.dataset.url;
const known = new Map(); // label id -> its option, as the latest news has it
const gone = new Set();
let isComplete = false;
let hasMissed = false;

/** Open the customer's panel and write into the box for labels as soon as it is there. */
export function openLabels() {
  openFunction("customer");
  const focus = () => {
    const box = byId("label-name");
    box?.focus();
    return Boolean(box);
  };
  if (focus()) return;
  const waiting = () => focus() && document.removeEventListener("htmx:load", waiting);
  document.addEventListener("htmx:load", waiting);
  setTimeout(() => document.removeEventListener("htmx:load", waiting), 5000);
}

function paint(root) {
  if (!known.size && !gone.size && !isComplete) return;
  for (const shown of root.querySelectorAll("[data-label]:not(option)")) {
    const id = shown.dataset.label;
    const label = known.get(id);
    if (gone.has(id) || (!label && isComplete)) shown.remove();
    else if (label) {
      shown.dataset.colour = label.dataset.colour;
      if (shown.title) shown.title = label.value;
      shown.querySelector("[data-label-name]").textContent = label.value;
    }
  }
}

function learn(news) {
  if (news.dataset.gone) gone.add(news.dataset.gone);
  known.clear();
  for (const option of news.options) known.set(option.dataset.label, option);
  isComplete = "complete" in news.dataset;
  paint(document);
  isComplete = false; // what is created from now on is not in this list
  const held = new Set(byId("customer-labels")?.dataset.labels?.split(" "));
  const offered = [...news.options].filter((option) => !held.has(option.dataset.label));
  byId("label-choices")?.replaceChildren(...offered.map((option) => option.cloneNode()));
  offerLabels([...news.options]);
}

/** The panel shows what the header shows; not while somebody writes in it. */
function follow() {
  const panel = byId("customer-labels");
  const header = byId(`room-${openRoomId()}-labels`);
  const box = byId("label-name");
  if (!header || panel?.dataset.labels === undefined || panel.dataset.labels === header.dataset.labels) return;
  if (!box?.value) htmx.trigger(panel, "labels-changed");
}

document.addEventListener("replaced", ({ target }) => {
  if (target.id === "label-news") learn(target);
  else paint(target);
  if (target.id === `room-${openRoomId()}-labels`) follow();
});
document.addEventListener("focusout", ({ target }) => target.id === "label-name" && setTimeout(follow, 300));
onContent(() => paint(document));

// What changed while the page was cut off came with no frame.
document.addEventListener("line-lost", () => {
  hasMissed = true;
});
document.addEventListener("caught-up", async () => {
  if (!hasMissed || !source) return;
  hasMissed = false;
  await spread();
  const answer = await fetch(source, { headers: asking() }).catch(() => null);
  if (answer?.ok) htmx.swap(document.body, await answer.text(), { swapStyle: "none" });
  else hasMissed = true;
});
