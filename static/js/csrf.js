// What a request that writes says of its page: the token of the cookie, which is fresh after signing in again in another tab
// (the page's own one is not), and for whom the page was made. If somebody else is signed in by then, nothing is written.

const ofPage = () => JSON.parse(document.body.getAttribute("hx-headers"));
const fromCookie = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

export const csrfToken = () => fromCookie() ?? ofPage()["X-CSRFToken"];
export const writing = () => ({ ...ofPage(), "X-CSRFToken": csrfToken() });

document.addEventListener("htmx:configRequest", ({ detail }) => {
  Object.assign(detail.headers, writing());
  if ("csrfmiddlewaretoken" in detail.parameters) detail.parameters.csrfmiddlewaretoken = csrfToken();
});
