"""The inbound door: store what a vendor sent, raw and durably, answer, and only then make sense of it."""
