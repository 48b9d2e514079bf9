"""Messages of the contract in and out: a method reads, calls, answers."""
