// A soft sound of two tones, made here: there is no file to fetch. Browsers allow it once the person has done something.
const TONES = [
  { pitch: 660, at: 0 },
  { pitch: 880, at: 0.12 },
];
const LOUDNESS = 0.06;
const LENGTH = 0.35;

let context = null;

export async function chime() {
  context ??= new AudioContext();
  if (context.state === "suspended" && navigator.userActivation?.hasBeenActive) await context.resume();
  if (context.state !== "running") return;
  for (const { pitch, at } of TONES) {
    const start = context.currentTime + at;
    const tone = new OscillatorNode(context, { type: "sine", frequency: pitch });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH);
  }
}
