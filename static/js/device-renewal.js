// A device that is told belongs to a session. After signing in anew it goes on, without being asked for again.
import { csrfToken } from "./csrf.js";
import { byId } from "./page.js";

const KEY = "device-session";

async function renew() {
  const url = byId("bell")?.dataset.renewalUrl;
  if (!url || !("serviceWorker" in navigator) || sessionStorage.getItem(KEY) === csrfToken()) return;
  const worker = await navigator.serviceWorker.getRegistration("/");
  const known = await worker?.pushManager?.getSubscription();
  if (!known) return;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ endpoint: known.endpoint }),
  });
  if (answer.ok) sessionStorage.setItem(KEY, csrfToken());
}

renew().catch(() => {}); // tried again with the next page
