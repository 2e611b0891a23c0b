"""What Messenger and Instagram share: the Send API, the `messaging` webhooks, and the endpoints of their accounts.

Shapes follow the vendor's documentation. What differs is in `messenger` and `instagram`.
"""
