// The misbehaviour switches. The simulator holds the truth; this list shows and replaces it.

import { putFaults } from "./api.js";
import { byId, el, toast } from "./dom.js";

const FAULTS = [
  ["delay", "Answer late", { seconds: 5 }],
  ["fail", "Answer with an error", { http_status: "", code: "", subcode: "" }],
  ["hang_before_accept", "Hang, and do not accept", { seconds: 30 }],
  ["drop_after_accept", "Accept, but never answer", { seconds: 0 }],
  ["expired_token", "Access token expired", {}],
  ["file_slow", "Files come and go slowly", { seconds: 5 }],
  ["file_fail", "Files fail with an error", { http_status: "", code: "" }],
  ["file_expired", "Addresses of files have expired", {}],
  ["file_gone", "Files are gone", {}],
  ["file_refused", "Sent files are refused later", {}],
  ["no_statuses", "No delivery reports", {}],
  ["status_delay", "Delivery reports come late", { seconds: 5 }],
  ["status_before_response", "Delivery reports come before the answer", {}],
  ["duplicate_webhooks", "Webhooks come several times", { n: 1 }],
  ["reorder_webhooks", "Webhooks come in the wrong order", { seconds: 0.3 }],
  ["batch", "Messages come several in one webhook", { n: 10, seconds: 2 }],
  ["bad_signature", "Webhooks with a wrong signature", {}],
];
const LABELS = { seconds: "seconds", n: "times", http_status: "HTTP status", code: "code", subcode: "subcode" };
let present = {};

export function startFaults() {
  byId("faults-clear").addEventListener("click", () => replace({}));
}

export function showFaults(faults) {
  present = faults;
  const count = Object.keys(faults).filter((name) => name !== "accounts").length + Object.keys(faults.accounts ?? {}).length;
  byId("drawer-button").dataset.faults = count || "";
  byId("faults-clear").disabled = count === 0;
  if (!byId("faults").contains(document.activeElement)) render();
}

function render() {
  byId("faults").replaceChildren(...FAULTS.map(([name, words, defaults]) => row(name, words, defaults)));
}

function row(name, words, defaults) {
  const fault = present[name];
  const box = el("input", { type: "checkbox", checked: Boolean(fault), "data-key": name, onchange: apply });
  const inputs = Object.entries(defaults).map(([option, value]) =>
    number(name, option, name === "duplicate_webhooks" ? "more copies" : name === "batch" && option === "n" ? "at most" : LABELS[option],
      fault?.[option] ?? (fault && option === "seconds" ? 0 : value), apply));
  const next = number(name, "remaining", "next", fault?.remaining ?? "", apply);
  const text = el("input", { type: "text", "data-key": `${name}-text`, value: fault?.match_text ?? "", placeholder: "any text", onchange: apply });

  function apply() {
    const { [name]: _, ...others } = present;
    if (!box.checked) return replace(others);
    const options = {};
    for (const { firstChild: input } of [...inputs, next]) {
      if (!Number.isNaN(input.valueAsNumber)) options[input.name] = input.valueAsNumber;
    }
    if (text.value) options.match_text = text.value;
    return replace({ ...others, [name]: options });
  }

  return el("li", { "data-on": fault ? "true" : null },
    el("label", { class: "check" }, box, el("span", {}, words)),
    fault ? el("div", { class: "options" }, ...inputs, next, el("label", {}, text, el("span", {}, "in the text"))) : null);
}

function number(fault, name, words, value, apply) {
  const limits = { min: name === "remaining" || name === "n" ? 1 : 0, step: name === "seconds" ? "any" : 1 };
  return el("label", {},
    el("input", { type: "number", name, "data-key": `${fault}-${name}`, value, ...limits, placeholder: "∞", onchange: apply }),
    el("span", {}, words));
}

async function replace(faults) {
  try {
    present = await putFaults(faults);
  } catch (error) {
    toast(error.message);
  }
  const key = document.activeElement?.dataset.key;
  showFaults(present);
  render();
  byId("faults").querySelector(`[data-key="${key}"]`)?.focus();
}
