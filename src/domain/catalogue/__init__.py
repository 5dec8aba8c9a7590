"""Products: what is sold, for how much, and how much of it there is."""
