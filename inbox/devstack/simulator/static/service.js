// The foot of a service account: its menu in place of the keyboard, or the button to follow it first.

import { MENU } from "./channels.js";
import { el, icon } from "./dom.js";

/** Show the menu of the account where it has one; the customer switches between menu and keyboard. */
export function fillService(form, thread, abilities, tell) {
  const bar = form.querySelector(".service");
  const isStranger = thread.followed === false && abilities.has("follow");
  const isTyping = !abilities.has("menu") || form.dataset.mode === "text";
  form.dataset.mode = isStranger ? "follow" : isTyping ? "text" : "menu";
  bar.hidden = !isStranger && !abilities.has("menu");
  if (isStranger) return bar.replaceChildren(button("follow", "Follow", () => tell({ kind: "follow" })));
  bar.replaceChildren(
    el("button", { type: "button", class: "plain switch", "aria-label": "Menu or keyboard", onclick: () => toggle(form) }, icon("keyboard"), icon("menu")),
    ...MENU.map(([key, title]) => button("menu", title, () => tell({ kind: "menu", key, title }))));
  return undefined;
}

const button = (name, words, action) => el("button", { type: "button", class: "entry", onclick: action }, icon(name), words);

function toggle(form) {
  form.dataset.mode = form.dataset.mode === "menu" ? "text" : "menu";
  if (form.dataset.mode === "text") form.querySelector("textarea").focus();
}
