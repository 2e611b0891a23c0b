// Building elements. Text always goes in as text, never as markup.

import { hue, initials } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** Make an element: properties by name, `class`, `data-…` and `aria-…` as attributes, `on…` as listeners. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/phone/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export const avatar = (name) =>
  el("span", { class: "avatar", "data-hue": hue(name), "aria-hidden": "true" }, initials(name));

export const channelMark = (channel) => el("span", { class: "mark", "data-channel": channel }, icon(channel));

/** A line of a menu; choosing it closes the menu. */
export function item(name, words, action) {
  const choose = (event) => {
    event.target.closest("details").open = false;
    action();
  };
  return el("li", {}, el("button", { type: "button", onclick: choose }, icon(name), words));
}

/** Menus close when something else is clicked, and with Escape. */
export function startMenus() {
  const close = (isDone) => {
    for (const open of document.querySelectorAll("details[open]")) if (isDone(open)) open.open = false;
  };
  document.addEventListener("click", (event) => close((open) => !open.contains(event.target)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.activeElement.closest("details[open]")?.firstElementChild.focus();
    close(() => true);
  });
}

let hideTimer = 0;

/** Say something that went wrong, for a few seconds. */
export function toast(words) {
  const box = byId("toast");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(() => { box.hidden = true; }, 6000);
}
