"""`lab crosscheck`: the reference solutions beside the field's libraries, bit for bit where the convention is the same.

`make crosscheck` installs the libraries in an environment of their own and runs every comparison; the result is
stored in data/measurements/crosscheck.json and shown on docs/en/agreement.md and docs/es/acuerdo.md.
"""
