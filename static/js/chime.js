// Soft sounds, made here: there is no file to fetch. Browsers allow them once the person has done something.

// What `policy.Tone` names: pitches, when each begins, how long it lasts, and its shape.
const TONES = {
  soft: [
    { pitch: 660, at: 0 },
    { pitch: 880, at: 0.12 },
  ],
  bell: [
    { pitch: 1047, at: 0, lasts: 1.2 },
    { pitch: 2093, at: 0, lasts: 0.6 },
  ],
  knock: [
    { pitch: 196, at: 0, lasts: 0.1, type: "triangle" },
    { pitch: 196, at: 0.16, lasts: 0.1, type: "triangle" },
  ],
  rise: [
    { pitch: 523, at: 0 },
    { pitch: 659, at: 0.1 },
    { pitch: 784, at: 0.2 },
  ],
};
const LOUDNESS = { sine: 0.06, triangle: 0.2 }; // low ones are heard less
const AGAIN_MS = 30_000;
const MOST_TIMES = 20;

let context = null;
let timer = 0;
let times = 0;

export async function chime(tone) {
  context ??= new AudioContext();
  if (context.state === "suspended" && navigator.userActivation?.hasBeenActive) await context.resume();
  if (context.state !== "running") return;
  for (const each of TONES[tone] ?? TONES.soft) play(each);
}

function play({ pitch, at, lasts = 0.35, type = "sine" }) {
  const start = context.currentTime + at;
  const tone = new OscillatorNode(context, { type, frequency: pitch });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.linearRampToValueAtTime(LOUDNESS[type], start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + lasts);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + lasts);
}

/** Go on sounding until `hush`, for a while, each time in the tone that is wanted then. */
export function insist(toneNow) {
  times = 0;
  timer ||= setInterval(() => {
    times += 1;
    chime(toneNow());
    if (times === MOST_TIMES) hush();
  }, AGAIN_MS);
}

export function hush() {
  clearInterval(timer);
  timer = 0;
}
