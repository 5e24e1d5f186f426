"""Recounting on another machine: an export carries ``standalone.py``, which needs nothing but Python."""
