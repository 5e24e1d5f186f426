"""The embedded MQTT broker: amqtt in the hub's own loop, behind a door of ours.

The door reads CONNECT itself, because amqtt trusts it too early: before it has asked for the password it lets a new
connection end or inherit another client's session, it never checks the topic of a last will, and it does not enforce
keep-alive, so a device that loses power without a goodbye would stay "online". Device accounts are rows of the hub.
"""

import logging

from hub.broker.accounts import Account, Accounts, accounts_of, new_password, password_hash
from hub.broker.connect import read_connect
from hub.broker.embedded import EmbeddedBroker

__all__ = ["Account", "Accounts", "EmbeddedBroker", "accounts_of", "new_password", "password_hash", "read_connect"]

for _noisy in ("amqtt", "transitions"):
    logging.getLogger(_noisy).setLevel(logging.CRITICAL)
