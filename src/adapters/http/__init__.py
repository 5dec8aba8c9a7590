"""HTTP: decodes requests, calls one use case each, and encodes what comes out; problems included."""
