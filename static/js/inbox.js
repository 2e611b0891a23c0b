// The inbox page's script: every module registers its own listeners.
import "./csrf.js";
import "./notices.js";
import "./upsert.js";
import "./room-list.js";
import "./room-state.js";
import "./thread.js";
import "./sockets.js";
import "./message-actions.js";
import "./composer.js";
import "./length-meter.js";
import "./options.js";
import "./typing.js";
import "./draft.js";
import "./read-state.js";
import "./panels.js";
import "./keyboard.js";
