"""Papers: the files of a meeting, their versions and readers, notes on them, and files of one's own."""
