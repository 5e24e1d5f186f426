"""Speeches: who asks to speak, in which order, who has the floor and for how long; and questioning (chất vấn)."""
