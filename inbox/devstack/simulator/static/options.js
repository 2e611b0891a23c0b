// What the business offers to tap: buttons, a list, quick replies, entries of a menu.

import { el, icon } from "./dom.js";

/** The list of a message's options, or null. `chat.write` sends the choice. */
export function options(message, chat) {
  const offered = message.revoked ? [] : message.details?.options ?? message.details?.buttons ?? [];
  if (!offered.length) return null;
  const { style = "buttons", button } = message.details;
  const list = el("ul", { class: "options", "data-style": style, "aria-label": "Choices" }, ...offered.map((one) => option(one, message, chat)));
  if (style !== "list") return list;
  return el("details", { class: "choices" }, el("summary", {}, icon("list"), button || "Choose"), list);
}

function option(one, message, chat) {
  const words = [el("span", { dir: "auto" }, one.title), one.description ? el("small", { dir: "auto" }, one.description) : null];
  if (one.url) return el("li", {}, el("button", { type: "button", disabled: true, title: one.url }, icon("link"), ...words));
  const tap = (event) => {
    event.target.closest("details")?.removeAttribute("open");
    chat.write({ kind: "choice", option_id: one.id, title: one.title, description: one.description, reply_to: message.id });
  };
  return el("li", {}, el("button", { type: "button", disabled: !chat.abilities.has("choice"), onclick: tap }, ...words));
}
