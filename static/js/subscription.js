// This browser's subscription at its push service, and what it remembers of having registered it: for each member one
// entry, where the service worker finds it too.

const KEPT = "devices";
const addressOf = (member) => `/devices/${member}`;

/** Change a registration, together with what is remembered of it, while no other tab and no service worker changes one. */
export const alone = (change) => navigator.locks.request(KEPT, change);

export const canShow = "Notification" in globalThis;
export const canPush = canShow && "serviceWorker" in navigator && "PushManager" in globalThis && "caches" in globalThis;

/** Return what was registered for a member here: the subscription's address, our key, and where it is renewed. */
export async function registered(member) {
  const kept = await (await caches.open(KEPT)).match(addressOf(member));
  return kept ? kept.json() : null;
}

export async function remember(member, facts) {
  await (await caches.open(KEPT)).put(addressOf(member), Response.json(facts));
}

export async function forget(member) {
  await (await caches.open(KEPT)).delete(addressOf(member));
}

async function manager() {
  await navigator.serviceWorker.register("/service-worker.js");
  return (await navigator.serviceWorker.ready).pushManager;
}

export async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration("/");
  return (await worker?.pushManager.getSubscription()) ?? null;
}

/** Return the subscription for our key, made if there is none. */
export async function subscribe(key) {
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
  const push = await manager();
  try {
    return await push.subscribe(options);
  } catch (error) {
    const old = await push.getSubscription();
    if (!old) throw error;
    await old.unsubscribe(); // of an installation with another key
    return push.subscribe(options);
  }
}

/** Subscribe under another address: the one so far is dead. Without a key that is one it is kept. */
export async function subscribeAnew(key) {
  if (!isKey(key)) throw new TypeError("the server gave no key");
  await (await subscription())?.unsubscribe();
  return subscribe(key);
}

/** What the server has to know of a subscription. */
export function fieldsOf(subscribed) {
  const { endpoint, keys } = subscribed.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

/** Whether a text is a key as browsers take it: a point of P-256, uncompressed. */
export function isKey(text) {
  try {
    const bytes = bytesOf(text);
    return bytes.length === 65 && bytes[0] === 4;
  } catch {
    return false;
  }
}

function bytesOf(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
