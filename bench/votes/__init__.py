"""A storm of ballots on a real installation: none lost, none counted twice, and how long an answer takes."""
