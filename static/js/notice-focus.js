// Where the focus goes when the button that was pressed is replaced by what it did, or by a question about it: to the notice,
// and there to what changes nothing. Whoever has gone on elsewhere meanwhile stays there. With its notice it does not get lost:
// it goes back to where it came from.
import { byId, openRoom } from "./page.js";

const ASKING = ".failure button"; // stays where it is, so that nothing but a question calls its presser away
const ours = () => byId("notices");
let isAwaited = false;
let isForQuestion = false;
let before = null; // what had the focus before a notice has it

document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig } }) => {
  const { elt } = requestConfig;
  const { activeElement } = document;
  isForQuestion = elt.matches(ASKING);
  const isOurs = isForQuestion || elt.matches("#bulk, #notices form");
  isAwaited = isOurs && (activeElement === document.body || elt.contains(activeElement));
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const notice = target.id === "notices" ? target.lastElementChild : target; // what is put in is told of by what holds it
  if (!isAwaited || !notice?.matches("#notices > .notice")) return;
  isAwaited = false;
  const decline = notice.querySelector("[data-decline]");
  if (isForQuestion && !decline) return;
  notice.tabIndex = -1;
  (decline ?? notice).focus();
});

document.addEventListener("focusin", ({ target, relatedTarget }) => {
  if (!ours().contains(target)) before = null;
  else if (relatedTarget && !ours().contains(relatedTarget)) before = relatedTarget;
});
document.addEventListener("pointerdown", ({ target }) => {
  if (!ours().contains(target)) before = null;
});
new MutationObserver(() => {
  if (!before || document.activeElement !== document.body) return;
  const place = before.isConnected && before.checkVisibility() ? before : openRoom() && byId("thread");
  before = null;
  place?.focus({ preventScroll: true });
}).observe(ours(), { childList: true });
