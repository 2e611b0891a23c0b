// The list's reply windows by time: every ring shows how much is left, in its colour, its share and its title.
import { onContent, roomList } from "./page.js";
import { pauseUntil, timeLeft } from "./time-left.js";

let timer = 0;

function paint(ring) {
  const { left, urgency, words, share } = timeLeft(ring.dataset.closesAt);
  ring.style.setProperty("--left", share);
  if (left > 0) ring.dataset.urgency = urgency;
  else ring.dataset.urgency = (ring.dataset.mode = ring.dataset.modeAfter) === "person" ? "long" : "over";
  if (left <= 0) delete ring.dataset.closesAt;
  ring.title = words;
  ring.firstElementChild.textContent = words;
  return left;
}

function paintAll() {
  clearTimeout(timer);
  const rings = roomList()?.querySelectorAll(".row-window[data-closes-at]") ?? [];
  const left = [...rings].map(paint);
  timer = setTimeout(paintAll, pauseUntil(left));
  if (left.some((each) => each <= 0)) document.dispatchEvent(new Event("window-over"));
}

onContent(paintAll);
document.addEventListener("replaced", ({ target }) => {
  for (const ring of target.querySelectorAll(".row-window[data-closes-at]")) paint(ring);
});
