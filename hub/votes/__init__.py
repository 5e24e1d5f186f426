"""Votes (biểu quyết): rules as data, ballots that the database decides, secret papers nobody can join to a person."""
