// The token of the cookie, which is fresh after signing in again in another tab; the page's own one is not.

const fromPage = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const fromCookie = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

export const csrfToken = () => fromCookie() ?? fromPage();

document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = csrfToken();
  if ("csrfmiddlewaretoken" in detail.parameters) detail.parameters.csrfmiddlewaretoken = csrfToken();
});
