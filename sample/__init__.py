"""Sample lessons, items and a seeded generator of behaviour, written for Chezhi."""
