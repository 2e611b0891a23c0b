// The accounts a customer can write to, grouped by business, each with the mark of its channel.

import { CHANNELS } from "./channels.js";
import { byId, channelMark, el } from "./dom.js";

export function showAccounts(accounts, chosen, choose) {
  const groups = Map.groupBy(accounts, (account) => account.business || account.name);
  const sections = [...groups].map(([business, members]) => {
    const title = groups.size > 1 ? el("h3", { dir: "auto" }, business) : null;
    const list = el("ul", { "aria-label": business }, ...members.map((account) => row(account, account.id === chosen, choose)));
    return el("section", {}, title, list);
  });
  if (!sections.length) sections.push(el("p", { class: "hint" }, "No account yet. The seeds add some; so does PUT /control/accounts/<id>."));
  const focused = document.activeElement?.dataset?.account;
  byId("accounts").replaceChildren(...sections);
  if (focused) byId("accounts").querySelector(`[data-account="${CSS.escape(focused)}"]`)?.focus();
}

function row(account, isChosen, choose) {
  return el("li", {}, el("button",
    {
      type: "button",
      class: "account",
      "data-account": account.id,
      "aria-current": isChosen ? "true" : null,
      onclick: () => choose(account),
    },
    channelMark(account.channel),
    el("span", { class: "name" }, el("bdi", {}, account.name)),
    el("small", {}, [CHANNELS[account.channel].name, account.display !== account.name && account.display].filter(Boolean).join(" · "))));
}
