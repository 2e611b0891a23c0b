// A browser becomes a device that is told while no page is open: permission, service worker, subscription. Where it was one
// and is not told any more, the page says so.
import { writing } from "./csrf.js";
import { byId } from "./page.js";
import { alone, canPush, canShow, fieldsOf, registered, remember, subscribe, subscribeAnew, subscription } from "./subscription.js";

const devices = byId("devices");
const problem = byId("device-problem");
const { key, member, addingUrl, renewalUrl } = devices.dataset;

function complain(words) {
  problem.textContent = words;
  problem.hidden = false;
}

async function isAllowed() {
  if ((await Notification.requestPermission()) === "granted") return true;
  complain(problem.dataset.denied);
  return false;
}

/** Find this browser among the devices of the list. */
async function ownLine() {
  const now = await subscription();
  if (!now) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(now.endpoint));
  const text = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return devices.querySelector(`[data-digest="${text}"]`);
}

async function register() {
  const line = await ownLine();
  const was = (await registered(member))?.endpoint ?? "";
  const now = line && "lost" in line.dataset ? await subscribeAnew(key) : await subscribe(key);
  const answer = await fetch(addingUrl, {
    method: "POST",
    headers: { "HX-Request": "true", ...writing() },
    body: new URLSearchParams({ was, ...fieldsOf(now) }),
  });
  if (answer.ok) await remember(member, { endpoint: now.endpoint, key, renewalUrl });
  return answer;
}

async function add() {
  problem.hidden = true;
  byId("device-adding").disabled = true;
  try {
    if (!(await isAllowed())) return;
    const answer = await alone(register);
    if (answer.ok) location.reload();
    else complain(answer.status === 422 ? await answer.text() : problem.dataset.failed);
  } catch {
    complain(problem.dataset.failed);
  } finally {
    byId("device-adding").disabled = false;
  }
}

async function sayHowItIs() {
  const line = await ownLine();
  const isTold = line !== null && !("lost" in line.dataset) && Notification.permission === "granted";
  if (line) line.querySelector(".device-own").hidden = false;
  byId("device-adding").hidden = isTold;
  byId("device-lost").hidden = isTold || !(await registered(member));
}

byId("device-adding").hidden = !canPush;
byId("device-adding").addEventListener("click", add);
if (canPush) sayHowItIs().catch(() => {}); // a private window has no worker
byId("screen-permission").hidden = !canShow || Notification.permission === "granted";
byId("screen-permission").addEventListener("click", async () => {
  problem.hidden = true;
  byId("screen-permission").hidden = await isAllowed();
});
