"""What messages cost: conversations as the vendor counts them, charges, rates and budgets. See docs/costs.md.

Chatrooms, above, tell what was sent and what the vendor reports of it (`actions`), and ask what a send would cost and
whether the budget allows it (`selectors`). The rules are pure: `estimating`, `conversations`, `settling`.
"""
