// A link or button whose element is replaced between the press and the release was pressed all the same: browsers send no
// click of a mouse then, for what was pressed is gone. (That of a finger goes to whatever is there when it is lifted.)
const PRESSABLE = "a[href], button, summary";

let pressed = null;
let isReplaced = false;

const leadsTo = (element) => element.getAttribute("formaction") ?? element.getAttribute("href");

/** Is a press on one what the person meant by a press on the other? A link leads there whatever it says by now; a button
 * says and sends the same, for "Take" may have become "Take over". */
function isSame(one, other) {
  if (one.className !== other.className || leadsTo(one) !== leadsTo(other)) return false;
  return one.matches("a[href]") || (one.value === other.value && one.textContent.trim() === other.textContent.trim());
}

/** Note that `fresh` has come in the place of `old`, which may be under the pointer. */
export function follow(old, fresh) {
  if (!pressed || !old.contains(pressed)) return;
  pressed = [...fresh.querySelectorAll(PRESSABLE)].find((each) => isSame(each, pressed)) ?? null;
  isReplaced = true;
}

function letGo() {
  pressed = null;
}

document.addEventListener(
  "pointerdown",
  ({ target, pointerType, button, ctrlKey, metaKey, shiftKey }) => {
    const isPlain = pointerType === "mouse" && !(button || ctrlKey || metaKey || shiftKey);
    pressed = isPlain ? target.closest(PRESSABLE) : null;
    isReplaced = false;
  },
  { capture: true },
);
document.addEventListener("pointerup", ({ target }) => {
  if (isReplaced && pressed?.contains(target)) pressed.click();
  letGo();
});
for (const end of ["pointercancel", "contextmenu"]) document.addEventListener(end, letGo);
