// The widths of the side panels: dragged or set with arrow keys, as usual again by a double click, and kept on this device.
import { onContent, root } from "./page.js";
import { read, write } from "./storage.js";

const PANELS = {
  rooms: { least: 260, usual: 320, grows: 1 },
  functions: { least: 264, usual: 312, grows: -1 },
};
const MOST = 480;
const STEP = 16;

const keyOf = (name) => `width:${name}`;
const most = () => Math.min(MOST, Math.floor(innerWidth / 3)); // the chat keeps a third of the window
const within = (name, width) => Math.round(Math.max(PANELS[name].least, Math.min(width, most())));
const widthOf = (name) => within(name, read(localStorage, keyOf(name)) ?? PANELS[name].usual);

/** What a step to the right adds to the panel's width. */
const towards = (name) => PANELS[name].grows * (getComputedStyle(root).direction === "rtl" ? -1 : 1);

function show(name, width) {
  root.style.setProperty(`--${name}-width`, `${width}px`);
  for (const edge of document.querySelectorAll(`[data-resizes="${name}"]`)) {
    edge.setAttribute("aria-valuemin", PANELS[name].least);
    edge.setAttribute("aria-valuemax", most());
    edge.setAttribute("aria-valuenow", width);
  }
}

function recall() {
  for (const name of Object.keys(PANELS)) show(name, widthOf(name));
}

function set(name, wanted) {
  const width = within(name, wanted);
  write(localStorage, keyOf(name), width);
  show(name, width);
}

const edgeOf = (event) => event.target.closest?.("[data-resizes]");

document.addEventListener("pointerdown", (event) => {
  const edge = edgeOf(event);
  if (!edge || event.button !== 0) return;
  const name = edge.dataset.resizes;
  const [width, from] = [widthOf(name), event.clientX];
  const drag = (moved) => set(name, width + towards(name) * (moved.clientX - from));
  edge.setPointerCapture(event.pointerId);
  edge.addEventListener("pointermove", drag);
  edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", drag), { once: true });
});

document.addEventListener("dblclick", (event) => {
  const name = edgeOf(event)?.dataset.resizes;
  if (!name) return;
  write(localStorage, keyOf(name));
  show(name, widthOf(name));
});

document.addEventListener("keydown", (event) => {
  const name = edgeOf(event)?.dataset.resizes;
  if (!name) return;
  const step = STEP * towards(name);
  const wanted = { ArrowRight: widthOf(name) + step, ArrowLeft: widthOf(name) - step, Home: 0, End: MOST }[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  set(name, wanted);
});

onContent(recall);
addEventListener("resize", recall);
