"""What templates may know: plain values made from rows. Templates never query.

Everything here is viewer-neutral, because the same HTML goes to every open browser: no "mine", no unread, no local
time. `data-*` attributes carry the facts, the page's own script and CSS decide. Only `unread` and the composer are a
viewer's own, and a broadcast leaves them out.
"""

from .cards import Card, Fact, Link
from .composer import ComposerView, OptionInput, composer_view
from .held import HeldView, held_answers
from .messages import MessageView, Quote, Reaction, Words, message_view, quote_of
from .reactions import ReactionChoice, ReactionPicker, reaction_picker
from .rooms import RoomRow, RoomState, room_row, room_state
from .templates import TemplateForm, TemplatePicker, template_form, template_picker
from .windows import WindowBar, WindowRing, window_bar
from .words import initials

__all__ = [
    "Card",
    "ComposerView",
    "Fact",
    "HeldView",
    "Link",
    "MessageView",
    "OptionInput",
    "Quote",
    "Reaction",
    "ReactionChoice",
    "ReactionPicker",
    "RoomRow",
    "RoomState",
    "TemplateForm",
    "TemplatePicker",
    "WindowBar",
    "WindowRing",
    "Words",
    "composer_view",
    "held_answers",
    "initials",
    "message_view",
    "quote_of",
    "reaction_picker",
    "room_row",
    "room_state",
    "template_form",
    "template_picker",
    "window_bar",
]
