// The last change of the workspace up to which this page has missed nothing. Frames carry the number of their change;
// numbers have no holes, so a missing one is a frame that is late or lost.
import { byId } from "./page.js";

const RECENT_MS = 5000;

/** The change up to which the list in the page was complete when the server rendered it. */
export const pageCursor = () => Number(byId("rooms")?.dataset.cursor ?? 0);

const ahead = new Set(); // arrived, but something before them is missing
const past = [[0, pageCursor()]]; // when the cursor had which value, newest last

export const cursor = () => past.at(-1)[1];
export const hasHole = () => ahead.size > 0;

/** The cursor as it was a few seconds ago. */
export function recentCursor() {
  while (past.length > 1 && past[1][0] <= Date.now() - RECENT_MS) past.shift();
  return past[0][1];
}

/** Note that the frame of one change arrived. */
export function arrived(seq) {
  if (seq > cursor()) ahead.add(seq);
  while (ahead.has(cursor() + 1)) complete(cursor() + 1);
}

/** Note that nothing is missing up to a change. */
export function complete(seq) {
  past.push([Date.now(), Math.max(cursor(), seq)]);
  for (const each of ahead) if (each <= cursor()) ahead.delete(each);
  recentCursor();
}
