"""Which submissions are alike: a thin layer over copydetect. See labkit/similarity/command.py."""
