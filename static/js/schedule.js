// Scheduling in the reader's own time zone: offered first in the form, and told beside times of another zone.
import { onContent, root } from "./page.js";

const OWN = Intl.DateTimeFormat().resolvedOptions().timeZone;
const EXACT = new Intl.DateTimeFormat(root.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

function offer(select) {
  select.dataset.ownOffered = "";
  const known = [...select.options].find((option) => option.value === OWN);
  if (!known) return;
  const group = document.createElement("optgroup");
  group.label = select.dataset.ownLabel;
  const option = new Option(OWN, OWN);
  group.append(option);
  const isCurrent = select.value === OWN || "ownFirst" in select.dataset;
  select.prepend(group);
  if (isCurrent) option.selected = true;
}

function tell(zone) {
  zone.dataset.told = "";
  if (zone.dataset.zone === OWN) return;
  const at = new Date(zone.parentElement.querySelector("time").dateTime);
  zone.append(` · ${zone.dataset.own.replace("{time}", EXACT.format(at))}`);
}

onContent(() => {
  document.querySelectorAll("select[data-own-label]:not([data-own-offered])").forEach(offer);
  document.querySelectorAll(".schedule-zone:not([data-told])").forEach(tell);
});
