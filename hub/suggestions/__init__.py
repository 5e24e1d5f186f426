"""Suggestions (góp ý) in a text: what may be one, what became of it, and the table of opinions."""
