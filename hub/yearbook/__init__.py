"""Kỷ yếu: closing a meeting freezes its record; a meeting leaves whole as one file that proves itself."""
