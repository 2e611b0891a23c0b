// One message as a row of the thread. “Mine” are the customer's: this page is the customer's phone.

import { bubbleMenu, reactions } from "./bubble-menu.js";
import { CHANNELS } from "./channels.js";
import { content } from "./content.js";
import { avatar, el, icon } from "./dom.js";
import { isEmojiOnly, preview } from "./kinds.js";
import { options } from "./options.js";
import { time } from "./words.js";

/** `chat` knows the channel, both names, the abilities, `find(id)`, and does `write`, `reply` and `edit`. */
export function bubble(message, chat) {
  const side = message.outbound ? "business" : "customer";
  const isEmoji = message.kind === "text" && isEmojiOnly(message.text ?? "");
  return el("li", { class: "row", "data-from": side, "data-id": message.id, "data-at": message.at },
    avatar(message.outbound ? chat.accountName : chat.personName),
    el("div", { class: "stack" },
      el("article", { class: "bubble", "data-kind": message.kind, "data-emoji": isEmoji ? "only" : null, "data-gone": message.revoked ? "yes" : null },
        quote(message, chat),
        ...content(message),
        foot(message, chat),
        bubbleMenu(message, chat),
        reactions(message, chat)),
      options(message, chat)));
}

function quote(message, chat) {
  if (!message.reply_to || message.revoked || message.details?.story || message.kind === "choice") return null;
  const quoted = chat.find(message.reply_to);
  const author = quoted ? (quoted.outbound ? chat.accountName : "You") : "Earlier message";
  return el("blockquote", {}, el("strong", {}, author), el("bdi", {}, quoted ? preview(quoted) : "Not on this phone"));
}

function foot(message, chat) {
  const hasTicks = CHANNELS[chat.channel].receipts === "ticks";
  return el("footer", {},
    message.by_app ? el("span", { class: "by-app" }, "Sent in its own app") : null,
    message.edited && !message.revoked ? el("span", {}, "Edited") : null,
    el("time", {}, time(message.at)),
    hasTicks && !message.outbound ? ticks(message) : null);
}

function ticks(message) {
  const isRead = message.seen || message.status === "read";
  return el("span", { class: "ticks", role: "img", "data-read": isRead ? "yes" : null, "aria-label": isRead ? "Read" : "Delivered" }, icon("ticks"));
}

/** The line under the customer's last message, where the app has one. */
export function receipt(message, chat) {
  const style = CHANNELS[chat.channel].receipts;
  const isRead = message.seen || message.status === "read";
  if (style === "delivered" && isRead) return el("li", { class: "receipt", role: "img", "aria-label": "Seen" }, avatar(chat.accountName));
  if (style === "delivered") return el("li", { class: "receipt" }, "Delivered");
  if (style === "seen" && isRead) return el("li", { class: "receipt" }, "Seen");
  return null;
}

export const typing = () =>
  el("li", { class: "row typing", "data-from": "business" },
    el("div", { class: "bubble", role: "img", "aria-label": "The business is typing" }, el("i"), el("i"), el("i")));
