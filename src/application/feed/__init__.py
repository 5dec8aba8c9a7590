"""What happened in an organization, told to others: the feed, and the relay that numbers it."""
