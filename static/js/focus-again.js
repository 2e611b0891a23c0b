// Whoever was writing when the page loaded itself anew goes on writing: the same box has the focus, with the caret where it
// was, and what is for the team is still no answer. Boxes that keep their texts are filled before.
import { byId, onContent } from "./page.js";
import { FOCUS, noteMode } from "./reload.js";
import { read, write } from "./storage.js";

const WAIT_MS = 5000; // a panel may come later

let awaited = read(sessionStorage, FOCUS);
write(sessionStorage, FOCUS);
if (awaited?.isNote && noteMode()) noteMode().checked = true;
setTimeout(() => (awaited = null), WAIT_MS);

onContent(() => {
  const box = awaited?.id && byId(awaited.id);
  if (!box) return;
  const { start, end } = awaited;
  awaited = null;
  if (document.activeElement !== document.body) return;
  box.focus({ preventScroll: true });
  if (Number.isInteger(start)) box.setSelectionRange(start, end);
});
