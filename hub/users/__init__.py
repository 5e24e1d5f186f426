"""People, their units and how they come in."""
