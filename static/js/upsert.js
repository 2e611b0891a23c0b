// A frame that brings an element which is already there replaces it. Live frames, frames that come twice and the answer
// to a catch-up overlap; `data-seq`, the change a frame was made for, decides which of two is newer.
import { follow } from "./press.js";

const FOCUSABLE = "a[href], button, input, select, summary, textarea, [tabindex]";

const seqOf = (element) => Number(element.dataset.seq ?? element.closest("[data-cursor]")?.dataset.cursor ?? 0);

const partsOf = (element) => [...element.querySelectorAll(FOCUSABLE)];
const address = (element) => element.getAttribute("formaction") ?? element.getAttribute("href") ?? element.id;

/** Put `fresh` in the place of `old`; whoever had the focus inside, or presses something there, keeps it. */
export function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const place = partsOf(old).indexOf(focused);
  old.replaceWith(fresh);
  htmx.process(fresh);
  fresh.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
  follow(old, fresh);
  if (!focused) return;
  const heirs = partsOf(fresh).filter((each) => each.checkVisibility());
  const isAlike = (each) => address(each) && address(each) === address(focused);
  const same = heirs.find((each) => each === focused) ?? heirs.find(isAlike);
  const heir = focused === old ? fresh : (same ?? heirs[place] ?? heirs.at(-1) ?? fresh);
  if (heir === fresh) fresh.tabIndex = -1;
  heir.focus({ preventScroll: true });
}

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail;
  const isWrapper = fragment instanceof HTMLElement; // its children go into the target; else it takes the target's place
  for (const incoming of [...fragment.children]) {
    if (isWrapper && fragment.dataset.seq) incoming.dataset.seq = fragment.dataset.seq;
    const present = isWrapper ? incoming.id && document.getElementById(incoming.id) : target;
    if (!present || (isWrapper && present.parentElement !== target)) {
      incoming.dataset.arrived = "";
      continue;
    }
    incoming.remove();
    if (!incoming.dataset.seq || Number(incoming.dataset.seq) >= seqOf(present)) replace(present, incoming);
  }
  if (!isWrapper) detail.shouldSwap = false;
});
