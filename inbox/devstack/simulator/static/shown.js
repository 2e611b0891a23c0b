// Files that this page may show: those the simulator serves. Anything else, and what cannot be played, is drawn.

import { el } from "./dom.js";

/** The file as an element of its kind, or what `draw` makes in its place. */
export function shown(tag, url, properties, draw, name) {
  if (!isServed(url)) return draw();
  const box = el("div", { class: `media ${name}` });
  box.append(el(tag, { src: url, ...properties, onerror: ({ target }) => target.parentElement.replaceWith(draw()) }));
  return box;
}

/** The page's policy lets nothing in from elsewhere. */
export const isServed = (url) => Boolean(url?.startsWith("/"));
