// The list of customers, and the business numbers they can write to.

import { byId, el, hue, initials, time } from "./dom.js";
import { preview } from "./bubble.js";

export function showNumbers(numbers, chosen) {
  const select = byId("number");
  select.replaceChildren(
    ...numbers.map((number) =>
      el("option", { value: number.id, selected: number.id === chosen }, `${number.name} (${number.display})`)),
  );
  select.disabled = numbers.length === 0;
  if (!numbers.length) select.append(el("option", {}, "No number yet"));
}

export function showPeople(chats, number, chosen, choose) {
  const rows = chats.people.map((person) => row(person, person.phone === chosen, choose));
  if (!number) {
    rows.unshift(hint("No business number yet. The seeds add one; so does PUT /control/numbers/<phone number id>."));
  } else if (!rows.length) {
    rows.push(hint(byId("search").value ? "Nobody by that name or phone." : "No customers yet. Add a new person."));
  } else if (chats.total > rows.length) {
    rows.push(hint(`${chats.total - rows.length} more. Search to find them.`));
  }
  const focused = document.activeElement?.dataset?.phone;
  byId("people").replaceChildren(...rows);
  if (focused) byId("people").querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
}

function row(person, isChosen, choose) {
  const last = person.last;
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "person",
        "data-phone": person.phone,
        "aria-current": isChosen ? "true" : null,
        onclick: () => choose(person.phone),
      },
      el("span", { class: "avatar", "data-hue": hue(person.name), "aria-hidden": "true" }, initials(person.name)),
      el("span", { class: "name" }, el("bdi", {}, person.name)),
      el("time", {}, last ? time(last.at) : ""),
      el("span", { class: "preview" }, last ? `${last.outbound ? "" : "You: "}${preview(last)}` : `+${person.phone}`),
      person.unread ? el("span", { class: "badge", "aria-label": `${person.unread} unread` }, `${person.unread}`) : null,
      person.on_whatsapp ? null : el("span", { class: "mark" }, "not on WhatsApp"),
      person.hide_phone ? el("span", { class: "mark" }, "phone hidden") : null,
    ),
  );
}

function hint(words) {
  return el("li", { class: "hint" }, words);
}
