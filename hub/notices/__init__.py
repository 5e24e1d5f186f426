"""Notices: what somebody ought to see, in the bell at once and outside the page where he wants it."""
