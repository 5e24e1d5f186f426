"""Questions and opinions of an item before the meeting, the exchange of views on it while the meeting sits, and what is
asked of the secretariat alone."""
