"""What templates may know: plain values made from rows. Templates never query.

Everything here is viewer-neutral, because the same HTML goes to every open browser: no "mine", no unread, no local
time. `data-*` attributes carry the facts, the page's own script and CSS decide. Only `unread` and the composer are a
viewer's own, and a broadcast leaves them out.
"""

from .cards import Card, Fact, Link
from .chosen_files import ChosenFile
from .composer import ComposerView, OptionInput, composer_view
from .files import FileView
from .held import AskChoice, HeldFile, HeldView, HoldForm, held_answers, hold_form
from .messages import MessageView, Quote, Reaction, Words, message_view, quote_of
from .reactions import ReactionChoice, ReactionPicker, reaction_picker
from .reply_right import ReplyRight, reply_right
from .rooms import RoomRow, RoomState, room_row, room_state
from .templates import TemplateForm, TemplatePicker, preview_with_file, template_form, template_picker
from .windows import WindowBar, WindowRing, why_not_writable, window_bar
from .words import initials

__all__ = [
    "AskChoice",
    "Card",
    "ChosenFile",
    "ComposerView",
    "Fact",
    "FileView",
    "HeldFile",
    "HeldView",
    "HoldForm",
    "Link",
    "MessageView",
    "OptionInput",
    "Quote",
    "Reaction",
    "ReactionChoice",
    "ReactionPicker",
    "ReplyRight",
    "RoomRow",
    "RoomState",
    "TemplateForm",
    "TemplatePicker",
    "WindowBar",
    "WindowRing",
    "Words",
    "composer_view",
    "held_answers",
    "hold_form",
    "initials",
    "message_view",
    "preview_with_file",
    "quote_of",
    "reaction_picker",
    "reply_right",
    "room_row",
    "room_state",
    "template_form",
    "template_picker",
    "why_not_writable",
    "window_bar",
]
