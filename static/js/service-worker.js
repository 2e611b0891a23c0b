// Works while no page is open: shows what is pushed, opens the place it leads to, and tells the server when the push service
// has changed this browser's address. While there is no connection it gives the page that says so.

/** A push is shown unless the person is looking at one of our pages, which tells them itself. */
async function show(push) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.some((page) => page.focused && page.visibilityState === "visible")) return;
  const { title, body, url, tag } = push;
  await registration.showNotification(title, { body, tag, renotify: true, data: { url } });
}

async function open(url) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => new URL(each.url).pathname.startsWith("/w/"));
  if (!page) return clients.openWindow(url);
  await page.focus().catch(() => {}); // not allowed long after the tap: it is led there all the same
  try {
    return await page.navigate(url);
  } catch {
    return clients.openWindow(url); // a page that this worker does not control
  }
}

addEventListener("push", (event) => {
  const push = event.data?.json();
  if (push) event.waitUntil(show(push));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});

// Under another address.

const DEVICES = "devices"; // for each member who is told here, and the lock of who changes that: see subscription.js

/** Subscribe anew and let the server know, for each member. What it does not take now the page tells it when it is opened. */
async function moveOn(fresh) {
  const kept = await caches.open(DEVICES);
  for (const member of await kept.keys()) await move(kept, member, fresh).catch(() => {}); // the others move all the same
}

async function move(kept, member, fresh) {
  const facts = await (await kept.match(member)).json();
  const subscribed = fresh ?? (await subscribe(facts.key));
  const { endpoint, keys } = subscribed.toJSON();
  const token = await self.cookieStore?.get("csrftoken");
  const answer = await fetch(facts.renewalUrl, {
    method: "POST",
    headers: { "HX-Request": "true", "X-CSRFToken": token?.value ?? "" },
    body: new URLSearchParams({ was: facts.endpoint, endpoint, p256dh: keys.p256dh, auth: keys.auth }),
  });
  if (answer.ok) await kept.put(member, Response.json({ ...facts, endpoint }));
}

function subscribe(key) {
  const binary = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  const applicationServerKey = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(navigator.locks.request(DEVICES, () => moveOn(event.newSubscription)));
});

// Without a connection.

const KEPT = "offline-1";
const OFFLINE_PAGE = "/offline/";
const isOfOfflinePage = (url) => /\/css\/offline(\.\w+)?\.css$/.test(new URL(url).pathname);

/** Keep the page in the reader's language, with its style sheet. */
async function keepOfflinePage() {
  const page = await fetch(OFFLINE_PAGE, { cache: "no-store" });
  if (!page.ok) throw new Error(`the offline page answered ${page.status}`);
  const [, sheet] = (await page.clone().text()).match(/<link rel="stylesheet" href="([^"]+)"/);
  const kept = await caches.open(KEPT);
  await Promise.all([kept.put(OFFLINE_PAGE, page), kept.add(sheet)]);
}

/** Keep it anew when the reader's language is another by now. */
async function keepInLanguage(language) {
  const kept = await caches.match(OFFLINE_PAGE, { cacheName: KEPT });
  const [, keptIn] = (await kept?.text())?.match(/<html lang="([^"]+)"/) ?? [];
  if (keptIn !== language) await keepOfflinePage();
}

const fromKept = async (request) => (await caches.match(request, { cacheName: KEPT })) ?? Response.error();

addEventListener("install", (event) => event.waitUntil(keepOfflinePage()));
addEventListener("activate", (event) => {
  const isOld = (name) => ![KEPT, DEVICES].includes(name);
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name)))));
});
addEventListener("message", (event) => {
  if (event.data?.language) event.waitUntil(keepInLanguage(event.data.language).catch(() => {})); // no connection: next time
});
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => fromKept(OFFLINE_PAGE)));
  } else if (isOfOfflinePage(request.url)) event.respondWith(fetch(request).catch(() => fromKept(request)));
});
