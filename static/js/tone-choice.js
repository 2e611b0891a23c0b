// The sound that somebody chooses can be heard at once.
import { chime } from "./chime.js";
import { byId } from "./page.js";

byId("tone-play").hidden = false;
byId("tone-play").addEventListener("click", () => chime(byId("id_tone").value));
