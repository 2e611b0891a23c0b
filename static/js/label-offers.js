// The labels that can be put on a chat's customer, in the menu of its row, from which the palette has them, and under the list:
// as the latest news has them.
import { byId } from "./page.js";

/** Put in what has been created since the page was made; labels.js names the others anew, or takes them out. */
function offerInMenu(labels) {
  const group = byId("row-menu-labels");
  for (const [place, { value, dataset: { label } }] of labels.entries()) {
    if (group.querySelector(`[data-label="${label}"]`)) continue;
    const item = group.querySelector("template").content.firstElementChild.cloneNode(true);
    item.dataset.label = label;
    item.value = `label:${label}`;
    item.querySelector("[data-label-name]").textContent = value;
    group.insertBefore(item, group.querySelectorAll("[data-label]")[place] ?? null);
  }
  document.querySelector('[aria-controls="row-menu-labels"]').hidden = labels.length === 0;
}

function offerForMany(labels) {
  const select = byId("bulk-label");
  for (const group of select.querySelectorAll("optgroup")) {
    group.replaceChildren(...labels.map(({ value, dataset }) => new Option(value, `${group.dataset.before}${dataset.label}`)));
  }
  select.parentElement.hidden = labels.length === 0;
}

/** Offer these labels, all that there are, where there is a list of chats. */
export function offerLabels(labels) {
  if (!byId("row-menu")) return;
  offerInMenu(labels);
  offerForMany(labels);
}
