// A device that is told belongs to a session and an address. After signing in anew, and when the push service has given it
// another address or knows it no more, it goes on without being asked for again; not where its member has removed it.
import { csrfToken, writing } from "./csrf.js";
import { byId } from "./page.js";
import { alone, canPush, fieldsOf, forget, isKey, registered, remember, subscribe, subscribeAnew } from "./subscription.js";

const KEY = "device-session";

/** Once a day is enough, also on a page that stays open for weeks. */
const today = () => `${csrfToken()} ${new Date().toDateString()}`;
const isDue = () => canPush && Notification.permission === "granted" && sessionStorage.getItem(KEY) !== today();

async function renew() {
  const { renewalUrl, addingUrl } = byId("bell").dataset;
  const { member } = byId("main").dataset;
  const known = await registered(member);
  if (!known) return;
  let { key } = known;
  let now = await subscribe(key);
  let answer = await post(renewalUrl, known.endpoint, now);
  // The page before may have got as far as registering it, and no further.
  if (answer.status === 404 && now.endpoint !== known.endpoint) answer = await post(renewalUrl, now.endpoint, now);
  if (answer.status === 404) {
    key = await keyIn(answer);
    if (!key) return;
    now = await subscribeAnew(key);
    answer = await post(addingUrl, known.endpoint, now);
  }
  if (answer.status === 410) await forget(member);
  else if (answer.ok) await remember(member, { endpoint: now.endpoint, key, renewalUrl });
  else return; // tried again with the next page
  sessionStorage.setItem(KEY, today());
}

/** Return the key that the server answers with; nothing if the answer is another server's, or the page for what is not there. */
async function keyIn(answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("text/plain")) return "";
  const text = await answer.text();
  return isKey(text) ? text : "";
}

/** Tell the server of a subscription, and under which address it knows the device. */
function post(url, was, subscribed) {
  const headers = { "HX-Request": "true", ...writing() };
  const body = new URLSearchParams({ was, ...fieldsOf(subscribed) });
  return fetch(url, { method: "POST", headers, body, keepalive: true });
}

/** Of several tabs one after the other: the second finds that nothing is left to do. */
function look() {
  if (!byId("bell") || document.visibilityState !== "visible" || !isDue()) return;
  alone(async () => isDue() && (await renew())).catch(() => {});
}

look();
document.addEventListener("visibilitychange", look);
