"""WeChat Official Account: the API under /cgi-bin, its quotas and error codes, and the XML it posts.

`api` answers requests, `sending` judges and shows a message, `inbound` is the follower acting, `envelope` and `crypto`
write the webhook. Errors come with HTTP 200. There are no receipts.
"""
