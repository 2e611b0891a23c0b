// What one tap sends: a realistic message of every kind that a customer's app has.

const LOCATION = { name: "Star Ferry Pier", address: "Central, Hong Kong", latitude: 22.2871, longitude: 114.1614 };
const CARD = { name: "Kenji Watanabe", phone: "+81 90 5555 0142" };
const POST = { url: "https://example.com/p/peonies", title: "Peonies of the week", link_type: "post" };

/** ability → [icon, words, fields to send]; in the order of the sheet. */
export const SAMPLES = {
  image: ["image", "Photo", {}],
  video: ["video", "Video", {}],
  voice: ["voice", "Voice message", {}],
  audio: ["music", "Audio file", { filename: "humming.mp3" }],
  document: ["document", "Document", { filename: "price-list.pdf" }],
  sticker: ["sticker", "Sticker", {}],
  like_heart: ["heart", "Heart", {}],
  location: ["pin", "Location", LOCATION],
  contacts: ["contact", "Contact", CARD],
  order: ["order", "Order", {}],
  link: ["link", "Shared post", POST],
  story_mention: ["story", "Story mention", {}],
  story_reply: ["story-reply", "Story reply", { text: "Love this one 😍" }],
  ephemeral: ["once", "View-once photo", {}],
  unsupported: ["unknown", "Unsupported", {}],
};
