"""What Messenger and Instagram share: one envelope, one vocabulary of items, one Send API.

`dialect` names the differences; `adapter` is the door that both channels' adapters inherit.
"""
