"""Preparing a meeting: who approves it, what was approved, what changed since, and what still lacks."""
