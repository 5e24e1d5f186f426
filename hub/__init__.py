"""The Litestar app: HTTP and WebSocket API and the rules of meetings; the only public door."""

VERSION = "0.1.0"  # also in pyproject.toml; a test compares them
