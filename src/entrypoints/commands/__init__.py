"""The commands of `./orderwright`, a page a group: what each takes, and where it goes."""
