"""Texts going out as PDF and Word, and coming in from Word. Files are made and read in a child process."""
