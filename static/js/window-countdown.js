// The open chat's reply window counts down; once it is over the server says what may be sent instead. The composer
// follows the bar, which frames keep true: what is typed stays, only sending it is off or on.
import { canWrite } from "./alternatives.js";
import { asking } from "./csrf.js";
import { byId, onContent, openRoom, openRoomId } from "./page.js";
import { pauseUntil, timeLeft } from "./time-left.js";
import { localise } from "./times.js";

const FIRST_RETRY = 5000;
const LONGEST_RETRY = 60_000;

const bar = () => openRoom()?.querySelector(".window");
let timer = 0;
let retry = FIRST_RETRY;
let isAsking = false;
let shown = { room: "", mode: "" };

function show() {
  clearTimeout(timer);
  if (!bar()) return;
  localise(bar());
  follow();
  const { closesAt } = bar().dataset;
  if (!closesAt) return;
  const { left, urgency, words, share } = timeLeft(closesAt);
  bar().dataset.urgency = urgency;
  bar().style.setProperty("--left", share);
  bar().querySelector(".window-left").textContent = words;
  if (left <= 0) ask();
  else timer = setTimeout(show, pauseUntil([left]));
}

/** Fetch what holds now. Until that is something else than what is over, ask again, less and less often. */
async function ask() {
  if (isAsking) return;
  isAsking = true;
  const before = retry;
  retry = Math.min(retry * 2, LONGEST_RETRY);
  try {
    const answer = await fetch(bar().dataset.url, { headers: asking() });
    if (answer.ok && !answer.redirected) htmx.swap(document.body, await answer.text(), { swapStyle: "none" });
  } catch {
    // Offline: asked again below.
  } finally {
    isAsking = false;
  }
  const { closesAt } = bar()?.dataset ?? {};
  if (closesAt && timeLeft(closesAt).left <= 0) timer = setTimeout(show, before);
  else retry = FIRST_RETRY;
}

function follow() {
  const form = byId("composer");
  if (!form) return;
  const { mode, alternatives } = bar().dataset;
  const isNews = shown.room === openRoomId() && shown.mode !== mode;
  shown = { room: openRoomId(), mode };
  if (isNews) byId("announcer").textContent = bar().querySelector(".window-words").textContent;
  Object.assign(form.dataset, { mode, alternatives });
  const button = form.querySelector(".composer-send");
  const wasFocused = button === document.activeElement;
  button.disabled = !canWrite(form);
  if (wasFocused && button.disabled) byId("composer-text").focus();
}

// A composer that came back knows better than the bar, if they differ: the message was just refused.
document.addEventListener("htmx:load", () => {
  const form = byId("composer");
  if (bar() && form.dataset.mode !== bar().dataset.mode) ask();
});
onContent(show);
document.addEventListener("replaced", ({ target }) => target.matches(".window") && show());
document.addEventListener("htmx:afterRequest", ({ target }) => target.id === "composer" && bar() && follow());
document.addEventListener("visibilitychange", () => document.hidden || show());
