// Lets the browser offer Switchboard as an app, and show its own page while there is no connection: in the reader's language,
// also after they have chosen another.
const workers = navigator.serviceWorker;

workers?.register("/service-worker.js").catch(() => undefined); // a private window has none
workers?.ready.then(({ active }) => active.postMessage({ language: document.documentElement.lang }));
