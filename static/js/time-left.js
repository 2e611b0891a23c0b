// How long a reply window stays open, in words and as an urgency: long, soon (under two hours) or over.
import { byId } from "./page.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SOON = 2 * HOUR;
const LONGEST_PAUSE = 30_000;

export function timeLeft(closesAt) {
  const left = new Date(closesAt) - Date.now();
  const urgency = left <= 0 ? "over" : left < SOON ? "soon" : "long";
  return { left, urgency, words: wordsFor(left), share: Math.min(Math.max(left / DAY, 0), 1) };
}

function wordsFor(left) {
  const unit = left <= 0 ? "None" : left < MINUTE ? "Moments" : left < HOUR ? "Minutes" : left < DAY ? "Hours" : "Days";
  const numbers = {
    days: Math.floor(left / DAY),
    hours: Math.floor((left % DAY) / HOUR),
    minutes: Math.floor((left % HOUR) / MINUTE),
  };
  return byId("main").dataset[`left${unit}`].replace(/\{(\w+)\}/g, (_all, name) => numbers[name]);
}

/** When to look again: as soon as the first of these times is over, and often enough for the minutes shown. */
export function pauseUntil(times) {
  return Math.min(LONGEST_PAUSE, ...times.filter((left) => left > 0).map((left) => left + 20));
}
