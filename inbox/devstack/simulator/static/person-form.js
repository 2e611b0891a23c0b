// The form for a new customer.

import { putPerson } from "./api.js";
import { byId } from "./dom.js";

export function startPersonForm(choose) {
  const dialog = byId("person-dialog");
  const form = byId("person-form");
  const error = byId("person-error");

  byId("new-person").addEventListener("click", () => {
    form.reset();
    error.hidden = true;
    dialog.showModal();
  });
  form.querySelector("[value=cancel]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = form.elements;
    try {
      const person = await putPerson(fields.phone.value, {
        name: fields.name.value.trim(),
        username: fields.username.value.trim().replace(/^@/, ""),
        hide_phone: fields.hide_phone.checked,
        on_whatsapp: fields.on_whatsapp.checked,
      });
      dialog.close();
      choose(person.id);
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
    }
  });
}
