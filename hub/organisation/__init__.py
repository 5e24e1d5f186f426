"""The organisation as data: units in their tree, people's accounts, and the log of sign-ins."""
