"""Instagram: what professional accounts have beyond what `messaging` shares. A read receipt names one message."""
