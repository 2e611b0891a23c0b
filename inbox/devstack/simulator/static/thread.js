// The open chat: its messages, its header, and what arrives while it is open.

import { getThread } from "./api.js";
import { bubble, domId } from "./bubble.js";
import { actions } from "./composer.js";
import { byId, day, el, hue, initials } from "./dom.js";
import { clearNote, openWindow, showWindow, stopTyping } from "./note.js";

const messages = new Map();

const find = (wamid) => messages.get(wamid);

export async function openThread(number, person) {
  if (!number || !person) return clear(number ? "Pick a customer to start." : "No business number yet.");
  const thread = await getThread(number, person);
  const list = byId("thread");
  messages.clear();
  for (const message of thread.messages) messages.set(message.wamid, message);
  header(thread.number.name, initials(thread.number.name), hue(thread.number.name));
  document.title = `${thread.person.name}’s phone`;
  list.replaceChildren(notice(thread.person), ...rows());
  stopTyping();
  showWindow(thread.window_closes_at);
  list.scrollTop = list.scrollHeight;
}

export function receive(message) {
  const list = byId("thread");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const isNew = !messages.has(message.wamid);
  messages.set(message.wamid, message);
  if (isNew && message.outbound) stopTyping();
  if (isNew && !message.outbound) openWindow(message.at);
  const present = document.getElementById(domId(message));
  if (present) present.replaceWith(bubble(message, find, actions));
  else list.replaceChildren(list.firstChild, ...rows());
  if (isNew && (atEnd || !message.outbound)) list.scrollTop = list.scrollHeight;
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

function clear(note) {
  messages.clear();
  document.title = "Customer’s phone";
  header("No chat open", "", 0);
  clearNote();
  byId("thread").replaceChildren(el("li", { class: "notice" }, note));
}
