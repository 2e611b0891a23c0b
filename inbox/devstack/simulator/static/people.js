// The list of customers, the latest first, as their chats with one account stand.

import { avatar, byId, el } from "./dom.js";
import { preview } from "./kinds.js";
import { time } from "./words.js";

export function showPeople(chats, chosen, choose) {
  const rows = chats.people.map((person) => row(person, person.id === chosen, choose));
  if (!rows.length) {
    rows.push(hint(byId("search").value ? "Nobody by that name or phone." : "No customers yet. Add a new person."));
  } else if (chats.total > rows.length) {
    rows.push(hint(`${chats.total - rows.length} more. Search to find them.`));
  }
  const focused = document.activeElement?.dataset?.person;
  byId("people").replaceChildren(...rows);
  if (focused) byId("people").querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
}

function row(person, isChosen, choose) {
  const { last } = person;
  const address = person.phone ? `+${person.phone}` : person.username;
  return el("li", {}, el("button",
    {
      type: "button",
      class: "person",
      "data-person": person.id,
      "aria-current": isChosen ? "true" : null,
      onclick: () => choose(person.id),
    },
    avatar(person.name),
    el("span", { class: "name" }, el("bdi", {}, person.name)),
    el("time", {}, last ? time(last.at) : ""),
    el("span", { class: "preview" }, last ? `${last.outbound ? "" : "You: "}${preview(last)}` : address),
    person.unread ? el("span", { class: "badge", "aria-label": `${person.unread} unread` }, `${person.unread}`) : null,
    person.on_whatsapp === false ? el("span", { class: "warning" }, "not on WhatsApp") : null,
    person.hide_phone ? el("span", { class: "warning" }, "phone hidden") : null));
}

const hint = (words) => el("li", { class: "hint" }, words);
