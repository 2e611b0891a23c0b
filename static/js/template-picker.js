// The templates above the composer: opened, closed, sent, and true when the vendor changes one meanwhile.
import { load } from "./loading.js";
import { byId, composes } from "./page.js";

const PREVIEW_AFTER = 250;

const slot = () => byId("composer-templates");
const picker = () => byId("template-picker");

function close() {
  slot().replaceChildren();
  byId("composer-text").focus();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-picker-close]") || !slot()) return;
  event.preventDefault();
  close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || composes(event) || !slot()?.contains(event.target)) return;
  event.stopPropagation();
  close();
});

// The answer to a template that was sent is empty.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "template-picker" || !detail.shouldSwap || detail.serverResponse) return;
  detail.shouldSwap = false;
  close();
});

// What was put in gets the focus: the search, or the first thing to fill in.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!["composer-templates", "template-picker", "hold", "card-form"].includes(detail.target?.id)) return;
  const panel = slot()?.firstElementChild;
  if (!panel) return byId("composer-text").focus();
  const parts = ["[aria-invalid]", "input[type=search]", ".template-fields input:not([type=hidden])", ".template-send .button-primary"];
  parts.map((part) => panel.querySelector(part)).find(Boolean)?.focus();
});

const filledIn = () => picker()?.querySelector(".template-form");

/** Have the server show the form anew, as it is filled in; `part` is what of it is put in. */
function renew(part) {
  const form = filledIn() ?? picker()?.querySelector(".template-search");
  if (!form) return;
  // A chosen file was kept when it was chosen, and is known by its id.
  const typed = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const values = { ...Object.fromEntries(typed), preview: "yes" };
  const verb = form.method === "post" ? "POST" : "GET";
  load(verb, form.action, document.querySelector(part), { select: part, swap: "outerHTML", values });
}

document.addEventListener("change", ({ target }) => {
  // By a click: htmx asks which button was clicked, and any other one sends.
  if (target.matches("#template-picker input[type=file]")) target.form.elements.preview.click();
});

let timer = 0;
document.addEventListener("input", ({ target }) => {
  if (!target.closest(".template-fields") || target.type === "file") return;
  clearTimeout(timer);
  timer = setTimeout(renew, PREVIEW_AFTER, "#template-preview");
});

// A template of this account was paused, approved or changed: look again. Above a list stays what is said there.
document.addEventListener("replaced", ({ target }) => {
  if (target.id !== "template-news" || target.dataset.business !== picker()?.dataset.business) return;
  renew(filledIn() ? "#template-picker" : "#template-choices");
});
