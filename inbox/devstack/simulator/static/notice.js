// The words at the top of a chat: who is being played, and by which id the business knows them.

export function notice({ account, person }) {
  const id = person.ids?.[account.id] ?? (person.phone && `+${person.phone}`);
  const words = [`You are ${person.name}${person.username ? `, @${person.username}` : ""}${id ? ` (${id})` : ""}.`];
  if (account.channel === "whatsapp" && person.hide_phone) words.push("Your phone number is hidden from the business.");
  if (account.channel === "whatsapp" && person.on_whatsapp === false) words.push("You are not on WhatsApp: nothing sent to you arrives.");
  return words.join(" ");
}
