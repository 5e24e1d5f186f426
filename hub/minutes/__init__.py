"""Conclusions, and the minutes that fill themselves with what the meeting's line says."""
