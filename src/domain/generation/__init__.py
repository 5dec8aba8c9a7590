"""From a specification to a service: what is known of the service before a line of it is written."""
