"""Documents, the index made of them, and what it lacks."""
