// How many messages the files and the text make, said before they are sent.
import { byId, onContent } from "./page.js";
import { MOST, cleaned, countMessages, lengthOf } from "./splitting.js";

function planOf(form, part) {
  const { limit, unit } = form.dataset;
  const { captioned, captionLimit } = part.dataset;
  const files = [...part.querySelectorAll(".composer-file[data-value]")];
  const text = cleaned(form.elements.text.value);
  const hasOptions = [...form.querySelectorAll("input[name=option]")].some((input) => input.value.trim());
  const isCaption =
    files.length === 1 &&
    !hasOptions &&
    captioned.split(" ").includes(files[0].dataset.kind) &&
    lengthOf(text, unit) <= Number(captionLimit);
  const hasText = (text || hasOptions) && !isCaption;
  const texts = hasText ? Math.max(countMessages(text, Number(limit), unit), 1) : 0;
  return { kinds: files.map((file) => file.dataset.kind), texts, count: files.length + texts };
}

function show() {
  const form = byId("composer");
  const part = form?.querySelector(".composer-attachments");
  if (!part) return;
  const line = part.querySelector(".composer-plan");
  const { quota, counted = "", tooMany, apart, apartLocation, apartContacts, album, albumAndText } = line.dataset;
  const { kinds, texts, count } = planOf(form, part);
  const most = Math.min(Number(quota ?? MOST), MOST);
  const alone = { location: apartLocation, contacts: apartContacts }[kinds[0]] ?? apart;
  const words = kinds.length === 1 ? alone : texts ? albumAndText : album;
  const isTold = kinds.length > 0 && count > 1;
  line.hidden = !isTold;
  line.toggleAttribute("data-over", count > most);
  if (!isTold) line.textContent = "";
  else if (count > most) line.textContent = tooMany.replace("{count}", count).replace("{most}", most);
  else line.textContent = `${words.replace("{count}", count)} ${counted}`.trim();
}

document.addEventListener("input", ({ target }) => target.form === byId("composer") && show());
document.addEventListener("files-changed", show);
onContent(show);
