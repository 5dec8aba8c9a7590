"""What starts things: settings, the wiring page, the API, the command line."""
