// The number of unread on the tab's icon, and on that of an installed page.

const link = document.querySelector('link[rel="icon"]');
const plain = link.href;
const drawing = fetch(plain).then((answer) => (answer.ok ? answer.text() : ""), () => "");

let shown = 0;

export async function paintTabIcon(count) {
  if (count === shown) return;
  shown = count;
  const base = await drawing;
  if (count !== shown) return; // another number came meanwhile
  link.href = count && base ? `data:image/svg+xml,${encodeURIComponent(base.replace("</svg>", `${badge(count)}</svg>`))}` : plain;
}

function badge(count) {
  const words = count > 99 ? "99+" : String(count);
  const width = Math.min(11 + 9 * words.length, 32);
  const shape = `<rect x="${32 - width}" y="10" width="${width}" height="22" rx="8" fill="#b3261e"/>`;
  const size = words.length > 2 ? 15 : 18;
  const text = `x="${32 - width / 2}" y="27" text-anchor="middle" font-family="sans-serif" font-size="${size}" font-weight="700"`;
  return `${shape}<text ${text} fill="#fff">${words}</text>`;
}

/** The number on the icon of an installed page. */
export function paintAppIcon(count) {
  if (count) navigator.setAppBadge?.(count).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}
