// The files of a draft: their ids are kept with the text, and the server shows them again.
import { load } from "./loading.js";

let awaited = []; // files of the open chat's draft that are not in its form yet
let place = null; // the list that they come into

const chipsOf = (form) => [...form.querySelectorAll(".composer-file[data-value]")];

export const filesOf = (form) => [...new Set([...chipsOf(form).map((chip) => chip.dataset.value), ...awaited])];

export function takeOut(form, values) {
  for (const chip of chipsOf(form)) if (values.includes(chip.dataset.value)) chip.remove();
}

export async function bringBack(form, values) {
  const target = form.querySelector(".composer-files");
  awaited = values;
  place = target;
  if (!values.length) return;
  target.dataset.uploading = ""; // nothing is sent without them
  const query = new URLSearchParams(values.map((value) => ["file", value]));
  // Refused or lost, they stay in the draft.
  const haveCome = await load("GET", `${form.dataset.chosenUrl}?${query}`, target, { swap: "beforeend" });
  if (haveCome && place === target) awaited = [];
  delete target.dataset.uploading;
  const detail = { isGood: awaited.length === 0 };
  if (target.isConnected) form.dispatchEvent(new CustomEvent("files-changed", { bubbles: true, detail }));
}
