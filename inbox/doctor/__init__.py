"""The set-up doctor: a page of the admin that looks at one connection from end to end and says what to do."""
