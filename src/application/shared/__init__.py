"""What any use case of this shape needs: its caller, its unit of work, reruns, pages. Knows no context."""
