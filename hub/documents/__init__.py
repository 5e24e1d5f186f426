"""Live documents: agenda, draft resolutions and minutes, edited together over the y-websocket wire."""
