// Cards in a bubble: a place, people, an order, a shared post, a story.

import { avatar, el, icon } from "./dom.js";
import { isServed } from "./shown.js";
import { money } from "./words.js";

const card = (name, ...children) => el("div", { class: `media card ${name}` }, ...children);
const lines = (title, ...more) =>
  el("div", {}, el("strong", { dir: "auto" }, title), ...more.filter(Boolean).map((words) => el("small", { dir: "auto" }, words)));

export function placeCard(details) {
  const spot = `${details.latitude}, ${details.longitude}`;
  return card("place", el("span", { class: "map", "aria-hidden": "true" }, icon("pin")), lines(details.name || "Location", details.address, spot));
}

export function personCards(details) {
  const people = (details.contacts ?? [details]).map((person) => {
    const name = person.name?.formatted_name ?? person.name ?? "?";
    return el("div", { class: "person-card" }, avatar(name), lines(name, person.phones?.[0]?.phone ?? person.phone));
  });
  return card("people-cards", ...people);
}

export function orderCard(details) {
  const items = details.items ?? [];
  const total = items.reduce((sum, one) => sum + one.quantity * (one.price ?? 0), 0);
  const rows = items.map((one) => `${one.quantity} × ${one.name}`);
  return card("order", icon("order"), lines("Order", ...rows, items.length ? money(total, items[0].currency) : null));
}

export function linkCard(details) {
  const address = details.url ?? details.source_url ?? "";
  const picture = isServed(details.image_url) ? el("img", { src: details.image_url, alt: "" }) : icon(details.type === "reel" ? "play" : "link");
  return card("link", el("span", { class: "cover" }, picture), lines(details.title || "Shared post", details.description ?? details.body, host(address)));
}

/** A WhatsApp template by its name and values, or the cards of a Messenger one. */
export function templateCards(details) {
  const { elements, name, language, values = [] } = details;
  if (!elements) return card("template", icon("document"), lines(name ?? "Template", language, ...values));
  return card("people-cards", ...elements.map((one) => lines(one.title ?? "", one.subtitle, host(one.image_url ?? ""))));
}

export function storyCard(words, url) {
  return el("div", { class: "media story" },
    el("small", {}, words),
    el("span", { class: "cover" }, isServed(url) ? el("img", { src: url, alt: "Story" }) : icon("story")));
}

function host(address) {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
}
