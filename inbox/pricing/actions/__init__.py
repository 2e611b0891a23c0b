"""Every verb of pricing. Chatrooms tell what was sent and what the vendor reports; admins set budgets and rates."""

from ._amounts import price_charges
from ._budgets import BudgetRefused, set_budget
from ._rates import import_platform_rates, import_rates, save_platform_rate, save_rate
from ._sends import Sent, note_sent
from ._statuses import Reported, move_charge, note_statuses

__all__ = [
    "BudgetRefused",
    "Reported",
    "Sent",
    "import_platform_rates",
    "import_rates",
    "move_charge",
    "note_sent",
    "note_statuses",
    "price_charges",
    "save_platform_rate",
    "save_rate",
    "set_budget",
]
