"""Agenda items: which one the meeting is at, and which ones are secret. Their texts come from the agenda document."""
