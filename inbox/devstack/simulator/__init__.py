"""A stand-in for the vendors' HTTP APIs, and a phone page where a person plays the customer.

Start it with `python -m inbox.devstack.simulator`. It is a process of its own, needs neither Django nor a
database, and speaks to the product only over HTTP: the vendor's API in, signed webhooks out. Tests and
seeds drive it through `client.SimulatorClient`. Development only.
"""
