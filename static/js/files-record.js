// A voice message, recorded here: started, timed, thrown away or attached.
import { attach, canAttach, here, say, words } from "./files-upload.js";
import { byId, onContent, openRoomId } from "./page.js";

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const bar = () => document.querySelector(".composer-recording");

let recording = null; // the recorder, its chat, and since when
let isStarting = false;

async function start() {
  if (recording || isStarting || !canAttach()) return;
  isStarting = true;
  const place = here();
  const isLeft = () => openRoomId() !== place.room;
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    if (isLeft()) return letGo(stream);
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    recording = { recorder: new MediaRecorder(stream, { mimeType }), place, since: Date.now(), name: words().voice };
    record(recording, stream);
    bar().querySelector("[data-record-stop]").focus();
  } catch (problem) {
    recording = null;
    letGo(stream);
    if (!isLeft()) say(problem.name === "NotFoundError" ? words().microphoneMissing : words().microphone);
  } finally {
    isStarting = false;
  }
}

function letGo(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function record({ recorder, place, name }, stream) {
  const pieces = [];
  const timer = setInterval(paint, 500);
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  recorder.addEventListener("stop", () => {
    clearInterval(timer);
    letGo(stream);
    if (recording?.recorder === recorder) recording = null; // the microphone was taken away
    paint();
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
  const isDiscarded = target.closest("[data-record-cancel]") !== null;
  if (!isDiscarded && !target.closest("[data-record-stop]")) return;
  stop(isDiscarded);
  byId("composer-text").focus();
});
// The browser asks before a page is left while somebody speaks.
addEventListener("beforeunload", (event) => recording && event.preventDefault());

onContent(() => {
  if (recording && recording.place.room !== openRoomId()) stop(false); // it waits in the draft of its own chat
  paint();
});
