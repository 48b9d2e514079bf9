"""What `make lint` checks that no library does. Each check is a file and a command: `python -m checks.NAME`."""
