// The menu in the phone's header: what happens around a chat rather than in it.

import { ask } from "./ask.js";
import { CHANNELS, MENU } from "./channels.js";
import { item } from "./dom.js";

const [, HOURS] = MENU;

/** Fill the menu with what this channel knows. A referral comes with what is typed. */
export function fillMore(more, thread, abilities, { tell, write }) {
  const { account, person, followed, bot } = thread;
  const source = CHANNELS[account.channel].source;
  const lines = [
    ["postback", "flag", "Tap Get Started", () => tell({ kind: "postback", payload: "GET_STARTED", title: "Get Started" })],
    ["postback", "menu", `Tap “${HOURS[1]}” in the menu`, () => tell({ kind: "postback", payload: HOURS[0], title: HOURS[1] })],
    ["referral", "megaphone", "Come from an advert", () => write({ kind: "referral", referral: "ad" })],
    ["referral", "link", `Come from a ${source}`, () => write({ kind: "referral", referral: source })],
    [followed ? "" : "follow", "follow", "Follow the account", () => tell({ kind: "follow" })],
    ["scan", "scan", "Scan its QR code", () => tell({ kind: "scan", scene: "shop-window" })],
    [followed === false ? "" : "unfollow", "gone", "Unfollow the account", () => tell({ kind: "unfollow" })],
    ["number_change", "number", "Change the phone number", () => changeNumber(person, tell)],
    ["bsuid_change", "person-plus", "Get another user id", () => tell({ kind: "bsuid_change" })],
    ["app_message", "shop", "The business writes in its own app", () => writeInApp(tell)],
    [bot ? "" : "bot_takes", "bot", "A bot takes this chat", () => tell({ kind: "bot_takes" })],
    [bot ? "bot_passes" : "", "bot", "The bot passes this chat back", () => tell({ kind: "bot_passes" })],
  ].filter(([ability]) => abilities.has(ability));
  more.hidden = !lines.length;
  more.querySelector("menu").replaceChildren(...lines.map(([, icon, words, action]) => item(icon, words, action)));
}

async function changeNumber(person, tell) {
  const phone = await ask("Change the phone number", "New number, with country code", `+${person.phone ?? ""}`);
  if (phone) tell({ kind: "number_change", phone });
}

async function writeInApp(tell) {
  const text = await ask("The business writes in its own app", "Its message", "We close at six today.");
  if (text) tell({ kind: "app_message", text });
}
