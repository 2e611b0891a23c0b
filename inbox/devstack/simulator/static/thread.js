// The open chat: its messages, its header, and what arrives while it is open.

import { getThread } from "./api.js";
import { bubble, domId } from "./bubble.js";
import { actions } from "./composer.js";
import { byId, day, el, hue, initials, time } from "./dom.js";

const messages = new Map();
let closesAt = null;
let ahead = 0;
let typingTimer = 0;

const find = (wamid) => messages.get(wamid);

export async function openThread(number, person) {
  if (!number || !person) return clear("No chat open", number ? "Pick a customer to start." : "");
  const thread = await getThread(number, person);
  const list = byId("thread");
  messages.clear();
  for (const message of thread.messages) messages.set(message.wamid, message);
  closesAt = thread.window_closes_at;
  ahead = thread.now - Date.now() / 1000;
  header(thread.number.name, initials(thread.number.name), hue(thread.number.name));
  document.title = `${thread.person.name}’s phone`;
  list.replaceChildren(notice(thread.person), ...rows());
  showWindow();
  list.scrollTop = list.scrollHeight;
}

export function receive(message) {
  const list = byId("thread");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const isNew = !messages.has(message.wamid);
  messages.set(message.wamid, message);
  if (!message.outbound) closesAt = Math.max(closesAt ?? 0, message.at + 86_400);
  else stopTyping();
  const present = document.getElementById(domId(message));
  if (present) present.replaceWith(bubble(message, find, actions));
  else list.replaceChildren(list.firstChild, ...rows());
  showWindow();
  if (isNew && (atEnd || !message.outbound)) list.scrollTop = list.scrollHeight;
}

export function showTyping() {
  byId("chat-note").textContent = "typing…";
  clearTimeout(typingTimer);
  typingTimer = setTimeout(stopTyping, 25_000);
}

export function showLost() {
  byId("chat-note").textContent = "Connection lost, trying again…";
}

function stopTyping() {
  clearTimeout(typingTimer);
  typingTimer = 0;
  showWindow();
}

function showWindow() {
  if (typingTimer) return;
  const now = Date.now() / 1000 + ahead;
  const isOpen = closesAt !== null && now < closesAt;
  const until = closesAt && `${time(closesAt)}${day(closesAt) === day(now) ? "" : " tomorrow"}`;
  byId("chat-note").textContent = isOpen ? `Business may answer until ${until}` : "24-hour window closed";
}

function* rows() {
  let previous = "";
  for (const message of messages.values()) {
    const today = day(message.at);
    if (today !== previous) yield el("li", { class: "day" }, today);
    previous = today;
    yield bubble(message, find, actions);
  }
}

function notice(person) {
  const who = `You are ${person.name}, +${person.phone}${person.username ? `, @${person.username}` : ""}.`;
  const more = [
    person.hide_phone && "Your phone number is hidden from the business.",
    !person.on_whatsapp && "You are not on WhatsApp: nothing sent to you arrives.",
  ];
  return el("li", { class: "notice" }, [who, ...more.filter(Boolean)].join(" "));
}

function header(name, letters, color) {
  byId("chat-name").textContent = name;
  byId("chat-avatar").textContent = letters;
  byId("chat-avatar").dataset.hue = color;
}

function clear(name, note) {
  messages.clear();
  document.title = "Customer’s phone";
  header(name, "", 0);
  byId("chat-note").textContent = "";
  byId("thread").replaceChildren(el("li", { class: "notice" }, note || "No business number yet."));
}
