"""The inference process and its client: models run in a child of the hub, over a unix socket in a private folder.

The child is light (about 20 MB) until the first text comes, and lets its model go when nothing was asked for a while.
"""

from ai.inference.client import InferenceClient, InferenceUnavailable
from ai.inference.messages import ModelState
from ai.inference.process import command

__all__ = ["InferenceClient", "InferenceUnavailable", "ModelState", "command"]
