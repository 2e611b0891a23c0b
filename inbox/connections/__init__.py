"""A workspace's accounts on the channels (a number, a page, an official account), their credentials and health."""
