// Parts that a script has htmx put into the page. What goes wrong is said by notices.js, as with everything that htmx asks for.

/** Load `url` into `target`; return whether it came. */
export async function load(verb, url, target, options = {}) {
  let hasCome = false;
  const note = ({ detail }) => {
    if (detail.target === target) hasCome = detail.successful;
  };
  document.addEventListener("htmx:afterRequest", note);
  try {
    if (target) await htmx.ajax(verb, url, { target, ...options });
  } catch {
    hasCome = false; // lost on its way
  } finally {
    document.removeEventListener("htmx:afterRequest", note);
  }
  return hasCome;
}
