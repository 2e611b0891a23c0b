// The line under the business's name: typing, the 24-hour window, or a lost connection.

import { byId, day, time } from "./dom.js";

let closesAt = null;
let ahead = 0;
let isShown = false;
let typingTimer = 0;

const say = (words) => { byId("chat-note").textContent = words; };

/** Show until when the business may answer freely; null: the customer never wrote. */
export function showWindow(newClosesAt) {
  closesAt = newClosesAt;
  isShown = true;
  if (!typingTimer) sayWindow();
}

/** The customer has written: a new window begins. */
export function openWindow(at) {
  showWindow(Math.max(closesAt ?? 0, at + 86_400));
}

export function setClock(secondsAhead) {
  ahead = secondsAhead;
  if (isShown && !typingTimer) sayWindow();
}

export function showTyping() {
  say("typing…");
  clearTimeout(typingTimer);
  typingTimer = setTimeout(stopTyping, 25_000);
}

export function stopTyping() {
  clearTimeout(typingTimer);
  typingTimer = 0;
  if (isShown) sayWindow();
}

export function showLost() {
  say("Connection lost, trying again…");
}

export function clearNote() {
  isShown = false;
  stopTyping();
  say("");
}

function sayWindow() {
  const now = Date.now() / 1000 + ahead;
  if (closesAt === null || now >= closesAt) return say("24-hour window closed");
  say(`Business may answer until ${time(closesAt)}${day(closesAt) === day(now) ? "" : " tomorrow"}`);
}
