"""Questions and opinions of an item before the meeting, and what is asked of the secretariat alone."""
