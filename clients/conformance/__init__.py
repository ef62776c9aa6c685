"""The suite that certifies clients of central-logger: see README.md."""
