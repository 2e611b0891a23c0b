"""Who is in the demo: the accounts of a flower shop on four channels, and what its customers wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from channels_adapters.types import ChannelKind, IdentityKind

BUSINESS = "Lotus Flowers"


@dataclass(frozen=True)
class App:
    """A vendor app, as `register_app` takes it."""

    channel: ChannelKind
    name: str
    credentials: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Account:
    """An account of the shop: `credentials` as `connect_account` takes them, `vendor_side` what only its vendor knows.

    `identity` is how the vendor names customers there."""

    app: App
    account_id: str
    name: str
    address: str
    identity: IdentityKind
    credentials: dict[str, str] = field(repr=False)
    vendor_side: dict[str, Any] = field(repr=False)

    @property
    def channel(self) -> ChannelKind:
        return self.app.channel


@dataclass(frozen=True)
class Conversation:
    """`customer` is the id at the vendor. A line is (author, text); the author "" is the customer."""

    account: Account
    customer: str
    name: str
    minutes_ago: int
    lines: tuple[tuple[str, str], ...]
    assignee: str = ""
    is_closed: bool = False


APP_SECRET = "demo-app-secret"
META = {"app_secret": APP_SECRET, "verify_token": "demo-verify-token", "app_id": "1000000000000001"}
WHATSAPP = App(ChannelKind.WHATSAPP, "Demo Meta app", META)
MESSENGER = App(ChannelKind.MESSENGER, "Demo Meta app for Messenger", META)
INSTAGRAM = App(ChannelKind.INSTAGRAM, "Demo Meta app for Instagram", META)
WECHAT_APPID = "wxdemo0123456789"
WECHAT_TOKEN = "demoWeChatToken"
WECHAT_AES_KEY = "ZGVtbyBrZXkgb2YgTG90dXMgRmxvd2VycyBzaG9wISE"
WECHAT = App(
    ChannelKind.WECHAT,
    "Demo WeChat account",
    {"token": WECHAT_TOKEN, "appid": WECHAT_APPID, "encoding_aes_key": WECHAT_AES_KEY, "encryption": "secure"},
)


def _number(account_id: str, name: str, phone: str) -> Account:
    shared = {"waba_id": "200000000000001", "access_token": f"demo-token-{account_id}"}
    vendor_side = shared | {"display_phone_number": f"+{phone}", "app_secret": APP_SECRET}
    credentials = shared | {"phone_number_id": account_id}
    return Account(WHATSAPP, account_id, name, f"+{phone}", IdentityKind.PHONE, credentials, vendor_side)


SHOP = _number("100000000000001", "Flower shop", "85221110001")
WEDDINGS = _number("100000000000002", "Weddings", "85221110002")
PAGE = Account(
    MESSENGER,
    "300000000000001",
    "Facebook page",
    "Lotus Flowers Hong Kong",
    IdentityKind.PSID,
    {"page_id": "300000000000001", "access_token": "demo-page-token"},
    {"access_token": "demo-page-token", "app_secret": APP_SECRET},
)
INSTA = Account(
    INSTAGRAM,
    "17841400000000001",
    "Instagram",
    "@lotus.flowers.hk",
    IdentityKind.IGSID,
    {"login": "instagram", "instagram_id": "17841400000000001", "access_token": "demo-instagram-token"},
    {"username": "lotus.flowers.hk", "access_token": "demo-instagram-token", "app_secret": APP_SECRET},
)
OFFICIAL = Account(
    WECHAT,
    "gh_0123456789ab",
    "WeChat",
    "莲花花店",
    IdentityKind.OPENID,
    {"original_id": "gh_0123456789ab", "appid": WECHAT_APPID, "app_secret": "demo-wechat-secret"},
    {
        "app_id": WECHAT_APPID,
        "secret": "demo-wechat-secret",
        "token": WECHAT_TOKEN,
        "aes_key": WECHAT_AES_KEY,
        "mode": "secure",
    },
)
ACCOUNTS = (SHOP, WEDDINGS, PAGE, INSTA, OFFICIAL)

KEN, PRIYA, MEI = "ken@lotus.example", "priya@lotus.example", "mei@lotus.example"

CONVERSATIONS: tuple[Conversation, ...] = (
    Conversation(
        SHOP,
        "85291234501",
        "Chan Tai Man",
        50,
        (
            ("", "Hi! Do you still have the pink peonies from your window?"),
            (KEN, "Good morning! Yes, three bunches are left. Shall I keep one for you?"),
            ("", "Yes please 🙏 I can come by after work, around 6:30."),
            (KEN, "Kept under your name until closing at 8. See you later!"),
            ("", "Great. Could you add a small card? It should say: “Happy birthday, Mum”."),
        ),
        assignee=KEN,
    ),
    Conversation(
        SHOP,
        "85291234502",
        "陳美玲",
        35,
        (
            ("", "你好，請問星期六可以送花到九龍塘嗎？"),
            (PRIYA, "可以的！星期六上午或下午都有時段，您想要幾點？"),
            ("", "下午三點左右，一束向日葵 🌻"),
        ),
        assignee=PRIYA,
    ),
    Conversation(
        SHOP,
        "85291234503",
        "Fatima Al-Sayed",
        22,
        (("", "مرحبا، هل توصلون الزهور يوم الجمعة؟"), ("", "ورد أبيض فقط")),
    ),
    Conversation(
        WEDDINGS,
        "447700900123",
        "Oliver Smith",
        180,
        (
            ("", "Hello, we are getting married on 14 March and would love to talk about table flowers."),
            (MEI, "Congratulations! How many tables, and do you have colours in mind?"),
            ("", "12 round tables. White and dusty blue, nothing that smells too strong — my mother has asthma."),
            (MEI, "Understood. I will put together two ideas with prices and send them today."),
        ),
        assignee=MEI,
    ),
    Conversation(
        WEDDINGS,
        "85291234504",
        "Wong Ka Yan, Bridal Dreams Wedding Planning (Hong Kong) Limited",
        90,
        (("", "Following up on the quotation for the Peninsula: the couple would like to see it by Friday."),),
    ),
    Conversation(SHOP, "6591234567", "Tan Wei Ling", 8, (("", "🌹🌹🌹"), ("", "How much for 99 roses?"))),
    Conversation(
        SHOP,
        "85291234505",
        "Leung Siu Fan",
        1300,
        (
            ("", "My orchid is dropping its buds. What am I doing wrong?"),
            (PRIYA, "Most likely a draught or too much water. Can you send us a photo?"),
            ("", "I moved it away from the air conditioner. It looks happier already. Thank you!"),
        ),
        is_closed=True,
    ),
    Conversation(
        PAGE,
        "7012345678901234",
        "Amara Okafor",
        40,
        (
            ("", "Hello! Your page says you do flower workshops. Is there one for children?"),
            (PRIYA, "Every first Sunday at 11, from six years on. Shall I note your little one?"),
            ("", "Two of them please, Zora and Emeka 😊"),
        ),
        assignee=PRIYA,
    ),
    Conversation(
        INSTA,
        "8012345678901234",
        "Yuki Tanaka",
        15,
        (
            ("", "That arch in your last reel 😍 could you do it smaller, for a balcony?"),
            (KEN, "With pleasure! How wide is the balcony?"),
            ("", "About 2 metres. Only whites and greens please"),
        ),
    ),
    Conversation(
        OFFICIAL,
        "oDemo0123456789abcdefghijklm",
        "李晓雨",
        12,
        (
            ("", "您好，想订一束母亲节的康乃馨，可以写卡片吗？"),
            (MEI, "可以的，卡片免费。您想写什么呢？"),
            ("", "“妈妈，节日快乐！” 谢谢 🌷"),
        ),
    ),
)
