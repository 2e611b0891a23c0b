"""WeChat Official Accounts: the message push of the console, and the customer service messages of the API."""
