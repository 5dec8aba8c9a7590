"""What whoever runs the service wants to know of it. No use case knows that anybody looks."""
