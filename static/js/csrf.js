// What a request says of its page: for whom it was made, so that nothing is told to or written by whoever is signed in in this
// browser by then; and, of one that writes, the token of the cookie, which is fresh after signing in again in another tab (the
// page's own one is not).

const ofPage = () => JSON.parse(document.body.getAttribute("hx-headers"));
const fromCookie = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

export const csrfToken = () => fromCookie() ?? ofPage()["X-CSRFToken"];
export const writing = () => ({ ...ofPage(), "X-CSRFToken": csrfToken() });

/** For a question that a script asks. */
export function asking() {
  const { "X-CSRFToken": _token, ...person } = ofPage();
  return { "HX-Request": "true", ...person };
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  Object.assign(detail.headers, writing());
  if ("csrfmiddlewaretoken" in detail.parameters) detail.parameters.csrfmiddlewaretoken = csrfToken();
});
