"""Signatures and encryption against figures that others worked out, and against themselves."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.types import WebhookRequest
from channels_adapters.wechat.adapter import WeChatAdapter
from channels_adapters.wechat.bodies import read_fields
from channels_adapters.wechat.crypto import MeantForAnother, Undecryptable, decrypt, encrypt, key_of, sign

from .contract import quick

# Published examples of the vendor's guide (signatures) and of its enterprise edition (encryption, the same scheme).
TOKEN, KEY_TEXT, OWN_ID = "123456", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a"
ECHO = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
MESSAGE = (
    "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHCrsTyeDXzF6Bv283dGymzxh6y"
    "dJRvZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpXaG4+BiYyolBug/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/T"
    "ywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQiMS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5"
    "t6NMxuGhcUGAPOQipvWTT4dShyqio7mlsl5noTrb++x6En749zCpQVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0="
)


def usable(text: str) -> bytes:
    key = key_of(text)
    assert key
    return key


KEY = usable(KEY_TEXT)


@pytest.mark.parametrize(
    ("timestamp", "nonce", "signature"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    ],
)
def test_signatures_of_the_vendors_guide_are_ours(timestamp: str, nonce: str, signature: str) -> None:
    assert sign("AAAAA", timestamp, nonce) == signature
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": "4375120948345356249"}
    answer = WeChatAdapter().handshake(WebhookRequest("GET", query, {}, b""), {"token": "AAAAA"})
    assert answer == "4375120948345356249"


def test_a_published_handshake_is_decrypted() -> None:
    signature = "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96"
    assert sign(TOKEN, "1411443780", "437374425", ECHO) == signature
    query = {"msg_signature": signature, "timestamp": "1411443780", "nonce": "437374425", "echostr": ECHO}
    secrets = {"token": TOKEN, "encoding_aes_key": KEY_TEXT, "appid": OWN_ID}
    assert WeChatAdapter().handshake(WebhookRequest("GET", query, {}, b""), secrets) == "5927782489442352469"


def test_a_published_message_is_decrypted() -> None:
    assert sign(TOKEN, "1411525903", "461056294", MESSAGE) == "74d92dfeb87ba7c714f89d98870ae5eb62dff26d"
    fields = read_fields(decrypt(MESSAGE, KEY, OWN_ID))
    assert (fields["MsgType"], fields["Content"], fields["FromUserName"]) == ("text", "test", "messense")


@quick
@given(message=st.binary(max_size=300), appid=st.text(max_size=30).filter(lambda text: text.isprintable()))
def test_what_is_encrypted_for_an_account_is_decrypted_for_it(message: bytes, appid: str) -> None:
    encrypted = encrypt(message, KEY, appid)
    assert len(base64.b64decode(encrypted)) % 32 == 0
    assert decrypt(encrypted, KEY, appid) == message


@pytest.mark.parametrize("length", range(64))
def test_every_padding_from_1_to_32_is_read(length: int) -> None:
    assert decrypt(encrypt(b"x" * length, KEY, OWN_ID), KEY, OWN_ID) == b"x" * length


@quick
@given(message=st.binary(max_size=100), data=st.data())
def test_nothing_but_the_message_comes_out_of_changed_bytes(message: bytes, data: st.DataObject) -> None:
    encrypted = bytearray(base64.b64decode(encrypt(message, KEY, OWN_ID)))
    encrypted[data.draw(st.integers(0, len(encrypted) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = decrypt(base64.b64encode(encrypted).decode(), KEY, OWN_ID)
    except Undecryptable:
        return
    assert len(found) == len(message)  # a changed letter: the signature is what tells


@quick
@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(Undecryptable):
        decrypt(text, KEY, OWN_ID)


def test_line_breaks_within_the_text_do_not_matter() -> None:
    encrypted = encrypt(b"blue", KEY, OWN_ID)
    assert decrypt(f"\n{encrypted[:20]}\r\n{encrypted[20:]} ", KEY, OWN_ID) == b"blue"


def test_another_account_is_told_apart_from_another_key() -> None:
    encrypted = encrypt(b"blue", KEY, OWN_ID)
    for appid in ("", OWN_ID[:-1], OWN_ID + "0", OWN_ID.upper()):
        with pytest.raises(MeantForAnother):
            decrypt(encrypted, KEY, appid)
    with pytest.raises(Undecryptable) as refused:
        decrypt(encrypted, usable(KEY_TEXT.swapcase()), OWN_ID)
    assert not isinstance(refused.value, MeantForAnother)


@pytest.mark.parametrize("padding", [b"\x00" * 32, b"\x21" * 32, b"\x01" * 31 + b"\x20", b"\x20" * 31 + b"\x1f"])
def test_a_padding_outside_the_vendors_is_refused(padding: bytes) -> None:
    plain = b"r" * 16 + (26).to_bytes(4, "big") + b"a message of 26 characters" + OWN_ID.encode()
    assert len(plain) == 64
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    encrypted = base64.b64encode(encryptor.update(plain + padding) + encryptor.finalize()).decode()
    with pytest.raises(Undecryptable, match="padding"):
        decrypt(encrypted, KEY, OWN_ID)


@pytest.mark.parametrize("text", ["", KEY_TEXT[:-1], KEY_TEXT + "R", "!" * 43, "ä" * 43, "=" * 43])
def test_what_is_no_key_is_none(text: str) -> None:
    assert key_of(text) is None


def test_a_pasted_key_may_have_blanks_around_it() -> None:
    assert key_of(f" {KEY_TEXT}\n") == KEY
