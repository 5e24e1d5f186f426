"""Invitations (giấy mời): sent, answered, with a substitute where the body allows; lead time and reminders."""
