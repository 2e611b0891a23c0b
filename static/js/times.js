// Times in the reader's zone and language. The server writes UTC, because one rendering goes to everybody.
import { onContent, root } from "./page.js";

const format = (options) => new Intl.DateTimeFormat(root.lang, options);
const CLOCK = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const WEEKDAY = format({ weekday: "short" });
const SHORT_DATE = format({ day: "numeric", month: "short" });
const DATE = format({ dateStyle: "medium" });
const LONG_DATE = format({ weekday: "long", day: "numeric", month: "long" });
const LONG_DATE_WITH_YEAR = format({ dateStyle: "full" });
const DAY_AND_CLOCK_PARTS = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY_AND_CLOCK = format(DAY_AND_CLOCK_PARTS);
const EXACT = format({ dateStyle: "full", timeStyle: "medium" });
const DATE_AND_CLOCK = format({ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const FORMATS = { time: CLOCK, date: DATE, day: DAY_AND_CLOCK, moment: DATE_AND_CLOCK };
const RELATIVE = new Intl.RelativeTimeFormat(root.lang, { numeric: "auto" });

export const dayOf = (date) => date.toLocaleDateString("sv"); // 2026-11-22, in the reader's zone

function daysAgo(date) {
  return Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
}

/** "Today", "Yesterday", then the date. */
export function dayLabel(date) {
  const days = daysAgo(date);
  if (days === 0 || days === 1) {
    const words = RELATIVE.format(-days, "day");
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  return (date.getFullYear() === new Date().getFullYear() ? LONG_DATE : LONG_DATE_WITH_YEAR).format(date);
}

function rowLabel(date) {
  const days = daysAgo(date);
  if (days <= 0) return CLOCK.format(date);
  if (days < 7) return WEEKDAY.format(date);
  return (date.getFullYear() === new Date().getFullYear() ? SHORT_DATE : DATE).format(date);
}

/** Write every time inside `part` that still is the server's in the reader's terms. */
export function localise(part) {
  for (const time of part.querySelectorAll("time[datetime]:not([title])")) write(time);
}

function write(time) {
  const date = new Date(time.dateTime);
  const isRow = time.classList.contains("row-time");
  const { format: form = "time" } = time.dataset;
  time.textContent = isRow ? rowLabel(date) : FORMATS[form].format(date);
  time.title = EXACT.format(date);
}

/** What the clocks of other places show now (`data-clock`); where they show what the reader's do, nothing is said. */
function tell() {
  const now = new Date();
  for (const time of document.querySelectorAll("time[data-clock]")) {
    const there = clockOf(time.dataset.clock).format(now);
    if (time.textContent !== there) time.textContent = there;
    time.closest("div").hidden = there === DAY_AND_CLOCK.format(now);
  }
}

const clocks = new Map();

function clockOf(timeZone) {
  if (!clocks.has(timeZone)) clocks.set(timeZone, format({ ...DAY_AND_CLOCK_PARTS, timeZone }));
  return clocks.get(timeZone);
}

onContent(() => localise(document));
onContent(tell);
document.addEventListener("replaced", tell);
setInterval(tell, 10_000);

let today = dayOf(new Date());
setInterval(() => {
  if (today === dayOf(new Date())) return;
  today = dayOf(new Date()); // midnight: "14:05" becomes "Sun"
  document.querySelectorAll("time.row-time").forEach(write);
}, 60_000);
