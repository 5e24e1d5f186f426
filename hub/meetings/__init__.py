"""Meetings: who takes part, the five states, and what a screen needs to show one."""
