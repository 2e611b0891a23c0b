// Bringing what is shown up to date by touching only what differs: an open menu, the focus and a film that plays survive.

/** Make `shown` look like `fresh`, and return it. What stays keeps its listeners: they must look up what may change. */
export function renew(shown, fresh) {
  if (shown.isEqualNode(fresh)) return shown;
  if (shown.nodeType === Node.TEXT_NODE) shown.data = fresh.data;
  else {
    renewAttributes(shown, fresh);
    renewChildren(shown, fresh);
  }
  return shown;
}

function renewAttributes(shown, fresh) {
  for (const { name } of [...shown.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) shown.removeAttribute(name); // whoever opened it closes it
  }
  for (const { name, value } of fresh.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
}

function renewChildren(shown, fresh) {
  const left = [...shown.childNodes];
  for (const child of [...fresh.childNodes]) {
    const place = left.findIndex((one) => isAlike(one, child));
    if (place < 0) shown.insertBefore(child, left[0] ?? null);
    else {
      left.splice(0, place).forEach((gone) => gone.remove());
      renew(left.shift(), child);
    }
  }
  left.forEach((gone) => gone.remove());
}

const isAlike = (one, other) => one.nodeName === other.nodeName && one.className?.toString() === other.className?.toString();
