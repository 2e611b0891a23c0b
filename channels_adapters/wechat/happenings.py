"""A body of MsgType "event" to what the customer did: followed, scanned, tapped the menu ("receiving event pushes").

The vendor's spelling of names varies in case. What no reader knows, reports of its own jobs and of its own agent tool
among them, is Unsupported under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from channels_adapters.naming import made_id, time_or_digest
from channels_adapters.reading import (
    identifier_of,
    moment_of,
    number_of,
    object_of,
    text_of,
)
from channels_adapters.types import Activity, CustomerActed, Event, Person, Unsupported

from .content import Fields, texts_of

_SCENE = "qrscene_"


@dataclass(frozen=True, slots=True)
class _Deed:
    activity: Activity
    opens_window: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    referral: dict[str, Any] | None = None


def read_happening(fields: dict[str, Any], account_id: str, sender: Person) -> Event:
    """Return the event of what happened."""
    name = text_of(fields.get("Event")).strip().lower()
    reader = _READERS.get(name)
    if reader is None:
        return Unsupported(account_id, f"event {identifier_of(name) or 'without a name'}", fields)
    deed = reader(fields)
    return CustomerActed(
        account_id=account_id,
        external_id=_external_id(fields, name),
        sender=sender,
        sent_at=moment_of(fields.get("CreateTime")),
        activity=deed.activity,
        opens_window=deed.opens_window,
        details=deed.details,
        referral=deed.referral,
        raw=fields,
    )


def _external_id(fields: Fields, name: str) -> str:
    # Events have no id: the vendor asks to recognise repetitions by sender and time.
    time = time_or_digest(fields.get("CreateTime"), fields)
    return made_id(name, text_of(fields.get("FromUserName")).strip(), time, _key(fields))


def _key(fields: Fields) -> str:
    return text_of(fields.get("EventKey")).strip()


def _follow(fields: Fields) -> _Deed:
    key = _key(fields)
    if key.startswith(_SCENE):
        return _Deed(Activity.FOLLOWED, opens_window=True, referral=_qr_code(key.removeprefix(_SCENE)))
    return _Deed(Activity.FOLLOWED, opens_window=True, details=texts_of(fields, key="EventKey"))


def _unfollow(_fields: Fields) -> _Deed:
    return _Deed(Activity.UNFOLLOWED)


def _scan(fields: Fields) -> _Deed:
    details = texts_of(fields, key="EventKey")
    return _Deed(Activity.SCANNED, opens_window=True, details=details, referral=_qr_code(_key(fields)))


def _qr_code(scene: str) -> dict[str, Any]:
    return {"source": "qr", "ref": scene}


def _tap(fields: Fields) -> _Deed:
    return _Deed(Activity.MENU, opens_window=True, details=texts_of(fields, key="EventKey"))


def _scanning(fields: Fields) -> _Deed:
    """Read a menu entry that opened the scanner; what was scanned is no code of ours, most often."""
    scanned = texts_of(object_of(fields.get("ScanCodeInfo")), title="ScanResult", type="ScanType")
    return _Deed(Activity.MENU, opens_window=True, details={**texts_of(fields, key="EventKey"), **scanned})


def _visit(fields: Fields) -> _Deed:
    return _Deed(Activity.MENU, details=texts_of(fields, url="EventKey"))


def _open(fields: Fields) -> _Deed:
    return _Deed(Activity.MENU, details=texts_of(fields, path="EventKey", title="EventKey"))


def _picture(fields: Fields) -> _Deed:
    # The pictures themselves follow as messages.
    details: dict[str, Any] = {**texts_of(fields, key="EventKey")}
    if (count := number_of(object_of(fields.get("SendPicsInfo")).get("Count"))) is not None:
        details["pictures"] = count
    return _Deed(Activity.MENU, details=details)


def _place(fields: Fields) -> _Deed:
    place = object_of(fields.get("SendLocationInfo"))
    details: dict[str, Any] = {**texts_of(fields, key="EventKey"), **texts_of(place, title="Label")}
    for ours, theirs in (("latitude", "Location_X"), ("longitude", "Location_Y")):
        if (value := number_of(place.get(theirs))) is not None:
            details[ours] = value
    return _Deed(Activity.MENU, details=details)


_READERS: Mapping[str, Callable[[Fields], _Deed]] = {
    "subscribe": _follow,
    "unsubscribe": _unfollow,
    "scan": _scan,
    "click": _tap,
    "scancode_push": _scanning,
    "scancode_waitmsg": _scanning,
    "view": _visit,
    "view_miniprogram": _open,
    "pic_sysphoto": _picture,
    "pic_photo_or_album": _picture,
    "pic_weixin": _picture,
    "location_select": _place,
}
