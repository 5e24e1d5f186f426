"""The Litestar app: HTTP and WebSocket API and the rules of meetings; the only public door."""
