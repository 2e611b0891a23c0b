// What differs between the four apps on this page, as data.

export const CHANNELS = {
  whatsapp: {
    name: "WhatsApp",
    source: "post",
    receipts: "ticks",
    placeholder: "Message",
    emoji: ["👍", "❤️", "😂", "😮", "😢", "🙏"],
    unsupported: ["poll", "Poll"],
    idle: "24-hour window closed",
    newcomer: "Nothing written yet: templates only",
  },
  messenger: {
    name: "Messenger",
    source: "link",
    receipts: "delivered",
    placeholder: "Aa",
    emoji: ["❤️", "😆", "😮", "😢", "😡", "👍"],
    unsupported: ["poll", "Poll"],
    idle: "24-hour window closed; a human may answer for 7 days",
    newcomer: "Nothing written yet",
  },
  instagram: {
    name: "Instagram",
    source: "link",
    receipts: "seen",
    placeholder: "Message…",
    emoji: ["❤️", "😂", "😮", "😢", "😡", "👍"],
    unsupported: ["gif", "GIF"],
    idle: "24-hour window closed; a human may answer for 7 days",
    newcomer: "Nothing written yet",
  },
  wechat: {
    name: "WeChat",
    source: "link",
    receipts: "",
    placeholder: "",
    emoji: [],
    unsupported: ["emoji", "Emoji sticker"],
    idle: "Window closed: write, tap the menu or scan",
    newcomer: "Nothing written yet",
  },
};

/** The entries of the business's menu, as the phone shows them. */
export const MENU = [
  ["menu-catalogue", "Catalogue"],
  ["menu-hours", "Opening hours"],
  ["menu-person", "Talk to us"],
];
