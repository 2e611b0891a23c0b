// Blocking by a key or from the palette: the customer's panel opens at the button, which asks once more.
import { openFunction } from "./functions.js";
import { byId } from "./page.js";

const WAIT_MS = 5000;

/** Go to the button if it is there by now; whoever has gone on elsewhere meanwhile stays there. */
function goToButton(asker) {
  const button = byId("customer-contact")?.querySelector("[name=blocked]");
  const more = button?.closest("details");
  if (more) more.open = true;
  if ([asker, document.body].includes(document.activeElement)) button?.focus();
  return Boolean(button);
}

export function openBlocking() {
  const asker = document.activeElement;
  openFunction("customer");
  if (goToButton(asker)) return;
  const waiting = () => goToButton(asker) && document.removeEventListener("htmx:load", waiting);
  document.addEventListener("htmx:load", waiting);
  setTimeout(() => document.removeEventListener("htmx:load", waiting), WAIT_MS);
}
