// What can be done with one message: react, reply, edit, unsend.

import { CHANNELS } from "./channels.js";
import { el, icon, item } from "./dom.js";

/** The menu of a bubble, or null when this app offers nothing. */
export function bubbleMenu(message, chat) {
  const mine = !message.outbound;
  const current = () => chat.find(message.id); // the menu outlives this version of the message
  const lines = [
    mine || !chat.abilities.has("reaction") ? null : emojiRow(message, chat),
    chat.abilities.has("reply") ? item("reply", "Reply", () => chat.reply(current())) : null,
    mine && message.text && chat.abilities.has("edit") ? item("edit", "Edit", () => chat.edit(current())) : null,
    mine && chat.abilities.has("unsend") ? item("bin", "Unsend", () => chat.write({ kind: "unsend", target: message.id })) : null,
  ].filter(Boolean);
  if (message.revoked || !lines.length) return null;
  return el("details",
    { class: "bubble-menu", name: "bubble-menu", ontoggle: (event) => event.target.lastChild.scrollIntoView?.({ block: "nearest" }) },
    el("summary", { "aria-label": "Message actions" }, icon("down")),
    el("menu", {}, ...lines));
}

function emojiRow(message, chat) {
  return el("li", { class: "emoji" }, ...CHANNELS[chat.channel].emoji.map((symbol) => {
    const isMine = message.reactions?.person === symbol;
    return el("button", {
      type: "button",
      "aria-label": isMine ? `Take back ${symbol}` : `React ${symbol}`,
      "aria-pressed": String(isMine),
      onclick: (event) => {
        event.target.closest("details").open = false;
        chat.write({ kind: "reaction", target: message.id, emoji: isMine ? "" : symbol });
      },
    }, symbol);
  }));
}

/** The reactions of both sides under a bubble. The customer's own is taken back with a tap. */
export function reactions(message, chat) {
  const { person, business } = message.reactions ?? {};
  if ((!person && !business) || message.revoked) return null;
  const takeBack = () => chat.write({ kind: "reaction", target: message.id, emoji: "" });
  return el("span", { class: "reactions" },
    business ? el("span", { title: "The business" }, business) : null,
    person ? el("button", { type: "button", "aria-label": `Take back ${person}`, onclick: takeBack }, person) : null);
}
