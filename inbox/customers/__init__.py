"""The people who write to a workspace, and every way the vendors name them."""
