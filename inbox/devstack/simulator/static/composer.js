// Writing as the customer: text, replies, edits, and one-tap messages of the other kinds.

import { write } from "./api.js";
import { KINDS, preview } from "./bubble.js";
import { byId, el, icon, toast } from "./dom.js";

const SAMPLES = {
  image: {},
  audio: { voice: true },
  video: {},
  document: { filename: "price-list.pdf" },
  sticker: {},
  location: { name: "Star Ferry Pier", address: "Central, Hong Kong", latitude: 22.2871, longitude: 114.1614 },
  contacts: { name: "Kenji Watanabe", phone: "+81 90 5555 0142" },
  unsupported: { unsupported_type: "poll" },
};
let number = "";
let person = "";
let about = null; // {message, isEdit} while replying or editing

export function writeTo(newNumber, newPerson) {
  const isSame = number === newNumber && person === newPerson;
  [number, person] = [newNumber, newPerson];
  byId("composer").hidden = !number || !person;
  if (isSame) return;
  stopAbout();
  byId("text").value = "";
  if (!byId("composer").hidden && matchMedia("(pointer: fine)").matches) byId("text").focus();
}

export const actions = {
  reply: (message) => startAbout(message, false),
  edit: (message) => startAbout(message, true),
  react: (message, emoji) => send({ type: "reaction", target_id: message.wamid, emoji }),
  unsend: (message) => send({ type: "revoke", target_id: message.wamid }),
};

export function startComposer() {
  const form = byId("composer");
  const text = byId("text");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!text.value.trim()) return;
    const isEdit = about?.isEdit;
    sendTyped(isEdit ? { type: "edit", target_id: about.message.wamid } : { type: "text" });
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stopAbout();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  byId("quote-cancel").addEventListener("click", stopAbout);
  byId("kinds").append(...Object.keys(SAMPLES).map((kind) =>
    el("li", {}, el("button", { type: "button", onclick: () => sendSample(kind) }, icon(KINDS[kind][0]), KINDS[kind][1]))));
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
  });
}

function sendSample(kind) {
  byId("attach").open = false;
  sendTyped({ type: kind, ...SAMPLES[kind] });
}

async function sendTyped(fields) {
  const box = byId("text");
  const typed = box.value.trim();
  const context = about && !about.isEdit ? { context_id: about.message.wamid } : {};
  box.value = "";
  stopAbout();
  box.focus();
  if (!(await send({ ...fields, ...context, ...(typed && { text: typed }) })) && !box.value) box.value = typed;
}

async function send(fields) {
  try {
    await write(number, person, fields);
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

function startAbout(message, isEdit) {
  about = { message, isEdit };
  byId("quote").hidden = false;
  byId("quote-title").textContent = isEdit ? "Edit message" : `Reply to ${message.outbound ? "the business" : "yourself"}`;
  byId("quote-text").textContent = preview(message);
  if (isEdit) byId("text").value = message.text;
  byId("text").focus();
}

function stopAbout() {
  if (about?.isEdit) byId("text").value = "";
  about = null;
  byId("quote").hidden = true;
}
