"""WhatsApp Cloud API: the Graph endpoints that the adapter calls and the webhooks they cause.

`graph` answers requests, `sending` judges and accepts a message, `statuses` reports its fate, `inbound`
is the customer writing. Shapes follow the vendor's documentation; text and read receipts so far.
"""
