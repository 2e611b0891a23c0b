// What is inside a bubble, by kind of message. An unknown kind shows its text.

import { linkCard, orderCard, personCards, placeCard, storyCard, templateCards } from "./cards.js";
import { el, icon } from "./dom.js";
import { KINDS } from "./kinds.js";
import { isServed, shown } from "./shown.js";
import { seconds } from "./words.js";

const MAKERS = {
  image: picture,
  video: (message, details) => shown("video", details.url, { controls: true, preload: "metadata" }, () => drawn(message), "picture"),
  voice: sound,
  audio: sound,
  document: file,
  sticker: (message, details) =>
    details.heart ? symbol("❤️", "Heart") : shown("img", details.url, { alt: "Sticker" }, () => symbol("🌷", "Sticker"), "sticker"),
  location: (message, details) => placeCard(details),
  contacts: (message, details) => personCards(details),
  order: (message, details) => orderCard(details),
  link: (message, details) => linkCard(details),
  story_mention: (message, details) => storyCard("You mentioned them in your story", details.url),
  template: (message, details) => templateCards(details),
  unsupported: (message, details) => file(message, { filename: `Unsupported: ${details.type ?? "unknown"}` }),
};

/** The children of a bubble: header, media or card, text, footer. */
export function content(message) {
  if (message.revoked) return [el("p", { class: "gone" }, icon("gone"), "This message was deleted")];
  const details = message.details ?? {};
  const isTitled = message.kind === "link" && message.text === details.title;
  return [
    details.referral ? linkCard({ ...details.referral, title: details.referral.headline ?? "From an advert" }) : null,
    details.story ? storyCard("You replied to their story", details.story.url) : null,
    details.header ? el("p", { class: "header", dir: "auto" }, details.header) : null,
    MAKERS[message.kind]?.(message, details),
    message.text && !isTitled ? el("p", { class: "text", dir: "auto" }, message.text) : null,
    details.footer ? el("p", { class: "footer", dir: "auto" }, details.footer) : null,
  ];
}

const media = (name, ...children) => el("div", { class: `media ${name}` }, ...children);
const symbol = (text, words) => media("sticker", el("span", { role: "img", "aria-label": words }, text));

function picture(message, details) {
  const words = KINDS.image[1];
  if (details.view_once) return media("file", icon("once"), el("span", {}, `View once: ${words.toLowerCase()}`));
  return shown("img", details.url, { alt: words, loading: "lazy" }, () => drawn(message), "picture");
}

function drawn(message) {
  const [name, words] = KINDS[message.kind];
  return media("picture", icon(message.kind === "video" ? "play" : name), el("span", {}, words));
}

function sound(message, details) {
  return shown("audio", details.url, { controls: true, preload: "metadata" }, () => (message.kind === "voice" ? wave(details) : file(message, details)), "sound");
}

function wave(details) {
  const bars = el("span", { class: "wave", "aria-hidden": "true" }, ...Array.from({ length: 22 }, () => el("i")));
  const words = el("span", {}, el("span", { class: "unseen" }, "Voice message "), details.seconds ? seconds(details.seconds) : "");
  return media("sound", icon("play"), bars, words);
}

function file(message, details) {
  const [name, words] = KINDS[message.kind];
  const title = details.filename || words;
  const label = isServed(details.url) ? el("a", { href: details.url, download: title }, title) : el("span", {}, title);
  return media("file", icon(name), label);
}
