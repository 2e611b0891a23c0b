// What the channel makes of the text: how much still fits, how many messages it will be, and whether it may be so many.
import { byId, onContent } from "./page.js";
import { MOST, cleaned, countMessages, lengthOf } from "./splitting.js";

const COUNT_FROM = 0.8; // of the limit; below, the counter would only distract

const put = (words, number) => words.replace(/\{\w+\}/, number);

function meter(form) {
  const { limit, unit, optionLimit } = form.dataset;
  const text = cleaned(byId("composer-text").value);
  const { words, over, split, tooMany } = form.querySelector(".composer-count").dataset;
  const withOptions = hasOptions(form) ? Number(optionLimit) - lengthOf(text, unit) : Infinity;
  if (withOptions < 0) return { state: "over", words: put(over, -withOptions), count: 1 };
  const left = Math.min(Number(limit) - lengthOf(text, unit), withOptions);
  if (left >= 0) return { state: "", words: left < limit * (1 - COUNT_FROM) ? put(words, left) : "", count: 1 };
  const count = countMessages(text, Number(limit), unit);
  const most = Math.min(Number(form.querySelector(".composer-consent")?.dataset.quota ?? MOST), MOST);
  if (count > most) return { state: "over", words: put(tooMany, count).replace("{most}", most), count };
  return { state: "split", words: put(split, count), count };
}

const hasOptions = (form) => [...form.querySelectorAll("input[name=option]")].some((input) => input.value.trim());

function show() {
  const form = byId("composer");
  if (!form) return;
  const { state, words, count } = meter(form);
  const output = form.querySelector(".composer-count");
  output.textContent = words;
  output.dataset.state = state;
  askConsent(form.querySelector(".composer-consent"), count);
}

/** Where the channel counts messages, the person agrees to more than one; a text that fits asks for nothing. */
function askConsent(question, count) {
  if (!question) return;
  const box = question.querySelector("input");
  const isAsked = count > 1 && count <= Number(question.dataset.quota); // more are refused anyway
  question.hidden = !isAsked;
  box.required = isAsked;
  if (!isAsked) box.checked = false;
  const text = question.querySelector("[data-words]");
  text.textContent = put(text.dataset.words, count);
}

document.addEventListener("input", ({ target }) => {
  if (target.form === byId("composer") && target.type !== "checkbox") show();
});

onContent(show);
