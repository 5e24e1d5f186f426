"""Live captions: ``Listener`` is a client of the whisper-live protocol; ``python -m ai.captions.service`` is our
server of it.
"""

from ai.captions.client import Listener, Options
from ai.captions.messages import RATE, Caption, Lost, News, Paused, Up

__all__ = ["RATE", "Caption", "Listener", "Lost", "News", "Options", "Paused", "Up"]
