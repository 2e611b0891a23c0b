"""WhatsApp Cloud API: the Graph endpoints that the adapter calls and the webhooks they cause.

`graph` answers requests, `content` and `sending` judge and accept a message, `statuses` reports its fate, `inbound` is
the customer acting, `own_app` the business in the vendor's own app. Shapes follow the vendor's documentation.
"""
