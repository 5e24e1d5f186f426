"""Roles in one text: whom an owner lets read, comment, edit, or own it besides."""
