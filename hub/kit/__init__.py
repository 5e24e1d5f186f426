"""Kit: the rooms a unit has, the accounts by which their devices come into the broker, and what was taken away."""
