// A voice message, recorded here: started, timed, thrown away or attached.
import { attach, canAttach, say, words } from "./files-upload.js";
import { byId, onContent, openRoomId } from "./page.js";

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const bar = () => document.querySelector(".composer-recording");

let recording = null; // the recorder, its chat, and since when
let isStarting = false;

async function start() {
  if (recording || isStarting || !canAttach()) return;
  isStarting = true;
  const place = { room: openRoomId(), url: byId("composer").dataset.filesUrl };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    recording = { recorder: new MediaRecorder(stream, { mimeType }), place, since: Date.now(), name: words().voice };
    record(recording, stream);
    bar().querySelector("[data-record-stop]").focus();
  } catch {
    say(words().microphone);
  } finally {
    isStarting = false;
  }
}

function record({ recorder, place, name }, stream) {
  const pieces = [];
  const timer = setInterval(paint, 500);
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  recorder.addEventListener("stop", () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    if (recorder.isDiscarded) return;
    const [type] = recorder.mimeType.split(";");
    attach([new File(pieces, `${name}.${type.split("/")[1]}`, { type })], "voice", place);
  });
  recorder.start(1000);
  paint();
}

function stop(isDiscarded) {
  if (!recording) return;
  recording.recorder.isDiscarded = isDiscarded;
  recording.recorder.stop();
  recording = null;
  paint();
  byId("composer-text")?.focus();
}

/** Show the recording in whatever form is there now; one that was sent meanwhile has been replaced. */
function paint() {
  if (!bar()) return;
  bar().hidden = !recording;
  if (!recording) return;
  const seconds = Math.floor((Date.now() - recording.since) / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  bar().querySelector("[data-recorded]").textContent = clock;
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-record]")) start();
  else if (target.closest("[data-record-stop]")) stop(false);
  else if (target.closest("[data-record-cancel]")) stop(true);
});

onContent(() => {
  if (recording && recording.place.room !== openRoomId()) stop(false); // it waits in the draft of its own chat
  paint();
});
