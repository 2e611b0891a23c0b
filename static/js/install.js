// Lets the browser offer Switchboard as an app, and show its own page while there is no connection.
navigator.serviceWorker?.register("/service-worker.js").catch(() => undefined); // a private window has none
