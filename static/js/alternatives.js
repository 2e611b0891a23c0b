// What the open chat's composer may do: its form names what the reply window offers besides writing freely.

const offers = (form, alternative) => form?.dataset.alternatives.split(" ").includes(alternative) ?? false;

export const canHold = (form) => offers(form, "hold");

/** Nothing is offered besides while one may write freely. */
export const canWrite = (form) => form?.dataset.alternatives === "" || offers(form, "write_yourself");
