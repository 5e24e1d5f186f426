"""Live captions: how well and how soon. ``python -m bench.captions speech`` and ``python -m bench.captions hub``."""
