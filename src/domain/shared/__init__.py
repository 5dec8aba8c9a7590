"""What any domain of this shape needs: a lifecycle machine, money, and the tree of refusals. Knows no context."""
