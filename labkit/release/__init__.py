"""The student edition: the repository without solutions. See labkit/release/command.py and edition.yaml."""
