// The picture of the lightbox to the clipboard: as PNG, the one type that browsers put there.

const CAN_COPY = "ClipboardItem" in window && Boolean(navigator.clipboard?.write);
const button = () => document.querySelector("[data-lightbox-copy]");
const said = () => document.querySelector(".lightbox-said");

/** Offer to copy what the lightbox shows, where it is a picture. */
export function offerCopy(shown) {
  said().textContent = "";
  button().hidden = !CAN_COPY || shown.localName !== "img";
}

async function asPng(picture) {
  await picture.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: picture.naturalWidth, height: picture.naturalHeight });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}

document.addEventListener("click", async ({ target }) => {
  if (!target.closest("[data-lightbox-copy]")) return;
  const { done, failed } = button().dataset;
  const picture = document.querySelector(".lightbox-stage img");
  try {
    // As a promise: Safari allows it only at the moment of the click.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": asPng(picture) })]);
    said().textContent = done;
  } catch {
    said().textContent = failed;
  }
});
