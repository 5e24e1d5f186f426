"""The history of texts: versions, who wrote what, bringing an old version back, and locking one for a vote."""
