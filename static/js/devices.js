// A browser becomes a device that is told while no page is open: permission, service worker, subscription.
import { csrfToken } from "./csrf.js";
import { byId } from "./page.js";

const devices = byId("devices");
const problem = byId("device-problem");
const canShow = "Notification" in globalThis;
const canPush = canShow && "serviceWorker" in navigator && "PushManager" in globalThis;

function bytesOf(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function complain(words) {
  problem.textContent = words;
  problem.hidden = false;
}

async function isAllowed() {
  if ((await Notification.requestPermission()) === "granted") return true;
  complain(problem.dataset.denied);
  return false;
}

async function subscription() {
  const worker = await navigator.serviceWorker.register("/service-worker.js");
  await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(devices.dataset.key) };
  try {
    return await worker.pushManager.subscribe(options);
  } catch (error) {
    const old = await worker.pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe(); // of an installation with another key
    return worker.pushManager.subscribe(options);
  }
}

async function add() {
  problem.hidden = true;
  byId("device-adding").disabled = true;
  try {
    if (!(await isAllowed())) return;
    const { endpoint, keys } = (await subscription()).toJSON();
    const answer = await fetch(devices.dataset.addingUrl, {
      method: "POST",
      headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth }),
    });
    if (answer.ok) location.reload();
    else complain(answer.status === 422 ? await answer.text() : problem.dataset.failed);
  } catch {
    complain(problem.dataset.failed);
  } finally {
    byId("device-adding").disabled = false;
  }
}

byId("device-adding").hidden = !canPush;
byId("device-adding").addEventListener("click", add);
byId("screen-permission").hidden = !canShow || Notification.permission === "granted";
byId("screen-permission").addEventListener("click", async () => {
  problem.hidden = true;
  byId("screen-permission").hidden = await isAllowed();
});
