// How soon a page asks the server again. The longer an answer took, the longer the server is left alone, so that many pages
// together ask no more than it can answer; and what all of them hear at once they do not ask about at the same moment.
const MOST_SPREAD_MS = 2000;
const AT_ONCE = { after: 0, share: 0, most: 0 };

/** Keep the pace of one question: `timed` asks it, `wait` says after how many milliseconds. What fails is to throw: a quick
    refusal is no sign of a server that has time, a slow one is a sign of one that has none. */
function pace() {
  let lastAt = 0; // when it was answered
  let tookMs = 0;
  return {
    async timed(question) {
      const beganAt = performance.now();
      let least = tookMs;
      try {
        const answer = await question();
        least = 0;
        return answer;
      } finally {
        lastAt = performance.now();
        tookMs = Math.max(least, lastAt - beganAt);
      }
    },
    /** `after` at least; since the last answer `pause` at least, or `share` times what that took, up to `most`. */
    wait({ after, pause = 0, share, most }) {
      const slack = share * tookMs;
      const rest = Math.min(Math.max(pause, slack), most);
      const least = Math.max(after, lastAt + rest - performance.now());
      return least + Math.random() * Math.min(Math.max(least / 4, slack), MOST_SPREAD_MS);
    },
  };
}

/** Ask a question at its pace, once however often it is wanted; what is wanted while it is being answered is asked after that.
    It is called with `timed`, and may return the limits within which it is to be asked again. */
export function paced(question) {
  const { timed, wait } = pace();
  let timer = 0;
  let due = 0;
  let isUnderWay = false;
  let wanted = null; // the limits of what is asked after the answer

  async function run() {
    timer = 0;
    isUnderWay = true;
    let again = null;
    try {
      again = await question(timed);
    } finally {
      isUnderWay = false;
      const limits = again ?? wanted;
      wanted = null;
      if (limits) within(limits);
    }
  }

  /** Ask within these limits, unless that happens sooner anyway. */
  function within(limits) {
    if (isUnderWay) {
      if (!wanted || limits.most < wanted.most) wanted = limits;
      return;
    }
    const left = wait(limits);
    if (timer && due <= performance.now() + left) return;
    clearTimeout(timer);
    due = performance.now() + left;
    timer = setTimeout(run, left);
  }

  const now = () => within(AT_ONCE);
  return { now, within, isPending: () => Boolean(timer || isUnderWay) };
}

/** Wait for a part of the time over which pages spread what all of them are to ask. */
export const spread = () => new Promise((resume) => setTimeout(resume, Math.random() * MOST_SPREAD_MS));
