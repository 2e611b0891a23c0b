// The drawer behind the phone: opens and closes, and holds the rules of the simulated network.

import { getFaults, getSettings, putSettings } from "./api.js";
import { byId, el, toast } from "./dom.js";
import { showFaults, startFaults } from "./faults.js";

const DAY = 86_400;
let settings = {};

export function startDrawer() {
  const drawer = byId("drawer");
  const button = byId("drawer-button");
  const toggle = (isOpen) => {
    drawer.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    delete button.dataset.alert;
    (isOpen ? byId("drawer-close") : button).focus();
  };
  button.addEventListener("click", () => toggle(drawer.hidden));
  byId("drawer-close").addEventListener("click", () => toggle(false));
  drawer.addEventListener("keydown", (event) => event.key === "Escape" && toggle(false));
  startFaults();
}

/** Show the switches as they are; returns how many seconds the simulator's clock is ahead. */
export async function loadSwitches() {
  const [faults, current] = await Promise.all([getFaults(), getSettings()]);
  showFaults(faults);
  settings = current;
  // Somebody may be typing in one of the fields.
  if (!byId("settings").contains(document.activeElement)) byId("settings").replaceChildren(...rules());
  return settings.clock_offset;
}

function rules() {
  const days = settings.clock_offset / DAY;
  return [
    flag("auto_read", "Everybody reads at once", "Otherwise a message is read when its phone is in hand here."),
    limit("pair_limit", "WhatsApp: messages to one person in 270 s", "0: no limit"),
    limit("number_limit", "WhatsApp: messages a second from one number", "0: no limit"),
    limit("send_limit", "Messenger, Instagram: messages a second", "0: no limit"),
    limit("wechat_limit", "WeChat: messages a minute", "0: no limit"),
    flag("echo_before_answer", "Echoes come before the answer", "Messenger and Instagram."),
    flag("mids_in_receipts", "Deliveries name the messages", "Messenger; otherwise only the time until which."),
    flag("text_watermarks", "Times in receipts are texts", "Messenger; otherwise numbers."),
    flag("sticker_twice", "A sticker comes twice", "Messenger: as an image and as a sticker."),
    el("li", { class: "rule" },
      el("span", {}, "Clock", hint(days ? `${Math.round(days * 24)} hours ahead` : "The real time")),
      el("span", { class: "buttons" },
        el("button", { type: "button", onclick: () => change({ clock_offset: settings.clock_offset + DAY }) }, "+24 h"),
        el("button", { type: "button", disabled: !days, onclick: () => change({ clock_offset: 0 }) }, "Now"))),
  ];
}

function flag(name, words, note) {
  return el("li", {}, el("label", { class: "check" },
    el("input", { type: "checkbox", checked: settings[name], onchange: (event) => change({ [name]: event.target.checked }) }),
    el("span", {}, words, hint(note))));
}

function limit(name, words, note) {
  return el("li", {}, el("label", { class: "rule" },
    el("span", {}, words, hint(note)),
    el("input", { type: "number", min: 0, max: 100000, value: settings[name],
      onchange: (event) => change({ [name]: Math.trunc(event.target.valueAsNumber) || 0 }) })));
}

const fields = () => [...byId("settings").querySelectorAll("input, button")];
const hint = (words) => el("small", {}, words);

async function change(values) {
  try {
    settings = await putSettings(values);
    const index = fields().indexOf(document.activeElement);
    byId("settings").replaceChildren(...rules());
    fields()[index]?.focus();
  } catch (error) {
    toast(error.message);
  }
}
