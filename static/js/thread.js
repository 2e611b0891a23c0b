// The open chat's messages: each in its place, in the reader's time, with days between them. The view stays at the newest
// message while it is there, and else stays where it is.
import { byId, messageList, onContent, openRoom } from "./page.js";
import { goToNewest, isBeyond, joinUp, rest, showHit } from "./thread-rest.js";
import { dayLabel, dayOf, localise } from "./times.js";

const RUN_SECONDS = 300; // messages of one author this close together are one run
const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|[\u{1f1e6}-\u{1f1ff}\u200d\ufe0f\s]){1,12}$/u;

const thread = () => byId("thread");
const pill = () => byId("new-messages");
let watched = null;
let isAtBottom = true;
let firstUnread = "";

/** Oldest first, as the server sorts. */
function isAfter(a, b) {
  if (a.sentAt !== b.sentAt) return a.sentAt > b.sentAt;
  return Number(a.message) > Number(b.message);
}

/** Put a message where it belongs; one beyond what is loaded, older or newer, will come with the others there. */
function place(message) {
  if (isBeyond(message, watched, isAfter)) return message.remove();
  let previous = message.previousElementSibling;
  while (previous?.matches(".message") && isAfter(previous.dataset, message.dataset)) {
    previous = previous.previousElementSibling;
  }
  if (previous?.matches(".older-messages")) message.remove();
  else if (!previous) watched.prepend(message);
  else if (previous !== message.previousElementSibling) previous.after(message);
}

function label(messages) {
  let before = null;
  for (const message of messages) {
    const date = new Date(message.dataset.sentAt);
    const startsDay = !before || dayOf(date) !== dayOf(before.date);
    const author = `${message.dataset.direction} ${message.dataset.author ?? ""}`;
    const continues = !startsDay && before.author === author && date - before.date < RUN_SECONDS * 1000;
    if (startsDay) message.dataset.day = dayLabel(date);
    else delete message.dataset.day;
    message.toggleAttribute("data-continues", continues);
    if (message.id === firstUnread) message.dataset.firstUnread = watched.dataset.unreadLabel;
    const text = message.querySelector(".message-text")?.textContent.trim() ?? "";
    message.toggleAttribute("data-emoji", text !== "" && EMOJI_ONLY.test(text) && !/\d/.test(text));
    before = { date, author };
  }
}

/** Return the id of the first message that the viewer had not seen when the chat was opened. */
function findFirstUnread() {
  const inbound = [...watched.querySelectorAll('.message[data-direction="inbound"]')];
  const first = Number(watched.dataset.unread) && !rest(watched) ? inbound.at(-watched.dataset.unread) ?? inbound[0] : null;
  return first?.id ?? "";
}

function welcome(arrived) {
  const news = arrived.filter((message) => message.dataset.direction === "inbound");
  for (const message of arrived) delete message.dataset.arrived;
  if (news.length === 0) return;
  const words = news.at(-1).querySelector(".message-text, .message-removed, .part-label")?.textContent ?? "";
  byId("announcer").textContent = `${openRoom().dataset.title}: ${words}`;
  if (!isAtBottom || rest(watched)) pill().hidden = false;
}

export function toBottom() {
  if (!goToNewest() && thread()) thread().scrollTop = 0; // the thread is laid out bottom first
}

function update() {
  if (!watched?.isConnected) return;
  const arrived = [...watched.querySelectorAll(".message[data-arrived]")];
  arrived.forEach(place);
  label(watched.querySelectorAll(":scope > .message:not([data-taken-back])"));
  localise(watched);
  welcome(arrived);
  joinUp(watched);
  observer.takeRecords();
}

const observer = new MutationObserver(update);

function start() {
  const isNew = messageList() && messageList() !== watched;
  if (isNew) {
    watched = messageList();
    isAtBottom = true;
    observer.observe(watched, { childList: true });
    firstUnread = findFirstUnread();
    thread().addEventListener("scroll", () => {
      isAtBottom = thread().scrollTop > -24;
      if (isAtBottom && !rest(watched)) pill().hidden = true;
    });
    pill().addEventListener("click", toBottom);
  }
  update();
  if (isNew && showHit(watched)) isAtBottom = false;
}

onContent(start);
