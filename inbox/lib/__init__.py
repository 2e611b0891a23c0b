"""Leaf helpers with real names. No models, no product words; imported by everyone, imports no one."""
