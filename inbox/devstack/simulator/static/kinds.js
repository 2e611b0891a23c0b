// The kinds of message: their icon, their words, and one line about a message for lists and quotes.

export const KINDS = {
  image: ["image", "Photo"],
  video: ["video", "Video"],
  voice: ["voice", "Voice message"],
  audio: ["music", "Audio file"],
  document: ["document", "Document"],
  sticker: ["sticker", "Sticker"],
  location: ["pin", "Location"],
  contacts: ["contact", "Contact"],
  order: ["order", "Order"],
  link: ["link", "Shared post"],
  story_mention: ["story", "Story mention"],
  template: ["document", "Template"],
  unsupported: ["unknown", "Unsupported message"],
};

/** A message in one line. */
export function preview(message) {
  if (message.revoked) return "Message deleted";
  const words = KINDS[message.kind]?.[1];
  if (message.details?.heart) return "❤️";
  if (!message.text) return words ?? message.kind;
  return words ? `${words}: ${message.text}` : message.text;
}

/** Whether a text is nothing but a few emoji. */
export const isEmojiOnly = (text) =>
  /^(\p{Extended_Pictographic}|\p{Emoji_Component}){1,12}$/u.test(text) && /\p{Extended_Pictographic}/u.test(text);
