// Works while no page is open: shows what is pushed, and opens the place it leads to. While there is no connection it gives
// the page that says so.

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
  await page.focus();
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

const fromKept = async (request) => (await caches.match(request, { cacheName: KEPT })) ?? Response.error();

addEventListener("install", (event) => event.waitUntil(keepOfflinePage()));
addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old);
});
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => fromKept(OFFLINE_PAGE)));
  } else if (isOfOfflinePage(request.url)) event.respondWith(fetch(request).catch(() => fromKept(request)));
});
