"""Participants: who is invited to a meeting, in which role and seat; the list changes until the meeting ends."""
