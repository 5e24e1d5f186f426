"""Faults with real processes: what was called saved is counted, things are killed, and then it is looked for."""
