// Talking to the simulator. A refusal becomes an Error with the simulator's words.

async function call(method, path, document) {
  const options = { method, headers: {} };
  if (document !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(document);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The simulator does not answer. Is it running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The simulator answered ${response.status}.`);
  return answer;
}

const query = (values) => new URLSearchParams(values).toString();

export const getChats = (account, search) => call("GET", `/phone/chats?${query({ account, q: search })}`);
export const getThread = (account, person) => call("GET", `/phone/thread?${query({ account, person })}`);
export const putPerson = (phone, fields) => call("PUT", `/control/people/${encodeURIComponent(phone)}`, fields);
export const write = (account, person, fields) =>
  call("POST", "/control/inbound?wait=0", { account, person, ...fields });
export const getWebhooks = () => call("GET", "/control/webhooks");
export const getFaults = () => call("GET", "/control/faults");
export const putFaults = (faults) => call("PUT", "/control/faults", faults);
export const getSettings = () => call("GET", "/control/settings");
export const putSettings = (settings) => call("PUT", "/control/settings", settings);
