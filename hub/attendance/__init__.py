"""Attendance: who has come. By QR or typed code, by a reader at the door, or by the secretary's hand."""
