// The log of the last webhooks: when, what, how the business answered, how long it took.

import { getWebhooks } from "./api.js";
import { CHANNELS } from "./channels.js";
import { byId, el } from "./dom.js";
import { clock } from "./words.js";

const SHOWN = 30;

const channels = new Map();

/** Tell whose the accounts are, so that a row can name the channel. */
export function nameAccounts(accounts) {
  for (const { id, channel } of accounts) channels.set(id, CHANNELS[channel].name);
}

export async function loadWebhooks() {
  const entries = await getWebhooks();
  byId("webhooks").replaceChildren(...entries.slice(-SHOWN).reverse().map(row));
  byId("webhooks-empty").hidden = entries.length > 0;
}

export function addWebhook(entry) {
  const body = byId("webhooks");
  body.prepend(row(entry));
  while (body.rows.length > SHOWN) body.lastChild.remove();
  byId("webhooks-empty").hidden = true;
  if (entry.status !== 200 && byId("drawer").hidden) byId("drawer-button").dataset.alert = "true";
}

function row(entry) {
  const what = entry.count > 1 ? `${entry.count} × ${entry.kind}` : `${entry.kind} ${entry.label}`;
  const answer = [entry.status || "none", entry.words, entry.attempt > 1 && `try ${entry.attempt}`].filter(Boolean);
  return el("tr", { "data-ok": entry.status === 200 ? "yes" : "no" },
    el("td", {}, clock(entry.at)),
    el("td", {}, what, el("small", {}, channels.get(entry.account) ?? entry.account)),
    el("td", {}, answer.join(", ")),
    el("td", { class: "right" }, entry.attempt ? entry.ms.toFixed(1) : ""));
}
