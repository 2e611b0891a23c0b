// News from the simulator, one stream for the page. The chat named here is in somebody's hand: what arrives in it is read.

let source = null;

/** Listen, in place of whatever was listened to before. `handlers.hello` runs after every (re)connection. */
export function listen(account, person, handlers) {
  source?.close();
  const chat = account && person && !document.hidden ? `?${new URLSearchParams({ account, person })}` : "";
  source = new EventSource(`/phone/events${chat}`);
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  }
  source.addEventListener("error", () => handlers.lost?.());
}
