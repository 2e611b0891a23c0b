// One message as a bubble. “Mine” are the customer's: this page is the customer's phone.

import { el, icon, time } from "./dom.js";

export const KINDS = {
  image: ["image", "Photo"],
  video: ["video", "Video"],
  audio: ["mic", "Voice message"],
  document: ["file-text", "Document"],
  sticker: ["sticker", "Sticker"],
  location: ["map-pin", "Location"],
  contacts: ["contact-round", "Contact"],
  interactive: ["list", "Choice"],
  button: ["list", "Choice"],
  unsupported: ["circle-question-mark", "Unsupported message"],
};
const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** A message in one line, for lists and quotes. */
export function preview(message) {
  if (message.revoked) return "Message deleted";
  const kind = KINDS[message.type]?.[1];
  return message.text ? (kind && kind !== "Choice" ? `${kind}: ${message.text}` : message.text) : kind ?? message.type;
}

/** `find` looks a message up by its id; `actions` has reply, react, edit and unsend. */
export function bubble(message, find, actions) {
  const emojiOnly = message.type === "text" && /^(\p{Extended_Pictographic}|\p{Emoji_Component}){1,12}$/u.test(message.text)
    && /\p{Extended_Pictographic}/u.test(message.text);
  const reactions = Object.values(message.reactions);
  return el(
    "li",
    { id: domId(message), class: "row", "data-from": message.outbound ? "business" : "customer", "data-at": message.at },
    el(
      "article",
      { class: "bubble", "data-kind": message.type, "data-emoji": emojiOnly ? "only" : null },
      quote(message, find),
      ...body(message),
      el("footer", {}, message.edited ? "Edited · " : "", el("time", {}, time(message.at))),
      message.revoked ? null : menu(message, actions),
      reactions.length ? el("span", { class: "reactions", "aria-label": "Reactions" }, reactions.join("")) : null,
    ),
  );
}

export const domId = (message) => `message-${message.wamid}`;

function quote(message, find) {
  if (!message.context_id || message.revoked) return null;
  const quoted = find(message.context_id);
  const author = quoted ? (quoted.outbound ? "Business" : "You") : "Earlier message";
  return el("blockquote", {}, el("strong", {}, author), el("bdi", {}, quoted ? preview(quoted) : "Not on this phone"));
}

function body(message) {
  if (message.revoked) return [el("p", { class: "gone" }, icon("ban"), "This message was deleted")];
  const text = message.text ? el("p", { class: "text", dir: "auto" }, message.text) : null;
  const kind = KINDS[message.type];
  if (!kind) return [text];
  return [el("div", { class: "media" }, icon(kind[0]), el("span", {}, label(message, kind[1]))), text];
}

function label(message, kind) {
  const details = message.details ?? {};
  if (details.contacts) return details.contacts.map((card) => card.name?.formatted_name ?? "?").join(", ");
  if (message.type === "location") return details.name || `${details.latitude}, ${details.longitude}`;
  return details.filename ?? kind;
}

function menu(message, actions) {
  const button = (name, words, action) =>
    el("li", {}, el("button", { type: "button", onclick: (event) => { close(event); action(message); } }, icon(name), words));
  const close = (event) => { event.target.closest("details").open = false; };
  const emoji = (symbol) =>
    el("button", { type: "button", "aria-label": `React ${symbol}`, onclick: (event) => { close(event); actions.react(message, symbol); } }, symbol);
  const mine = !message.outbound;
  return el(
    "details",
    { class: "bubble-menu", name: "bubble-menu", ontoggle: (event) => event.target.lastChild.scrollIntoView?.({ block: "nearest" }) },
    el("summary", { "aria-label": "Message actions" }, icon("chevron-down")),
    el(
      "menu",
      {},
      mine ? null : el("li", { class: "emoji" }, ...EMOJI.map(emoji)),
      button("reply", "Reply", actions.reply),
      message.reactions.customer ? button("x", "Remove reaction", (target) => actions.react(target, "")) : null,
      mine && message.type === "text" ? button("pencil", "Edit", actions.edit) : null,
      mine ? button("trash-2", "Unsend", actions.unsend) : null,
    ),
  );
}
