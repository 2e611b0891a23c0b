// A link or button whose element is replaced between the press and the release was pressed all the same: browsers send no
// click then, for what was pressed is gone.
const PRESSABLE = "a[href], button, summary";

let pressed = null;
let isReplaced = false;

/** Note that `old`, which may have been under the pointer, was replaced; `heirOf` says by what each of its parts. */
export function passOn(old, heirOf) {
  if (!pressed || !old.contains(pressed)) return;
  const heir = heirOf(pressed);
  pressed = heir?.className === pressed.className ? heir : null;
  isReplaced = true;
}

function letGo() {
  pressed = null;
}

document.addEventListener(
  "pointerdown",
  ({ target, button, ctrlKey, metaKey, shiftKey }) => {
    const isPlain = !(button || ctrlKey || metaKey || shiftKey);
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
