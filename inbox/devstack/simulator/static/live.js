// News from the simulator. The chat named here counts as open: what arrives in it is read.

let source = null;

/** Listen, in place of whatever was listened to before. `handlers.hello` runs after every (re)connection. */
export function listen(number, person, handlers) {
  source?.close();
  const chat = number && person && !document.hidden ? `?${new URLSearchParams({ number, person })}` : "";
  source = new EventSource(`/phone/events${chat}`);
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  }
  source.addEventListener("error", () => handlers.lost?.());
}
