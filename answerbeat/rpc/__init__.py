"""gRPC as every service does it: errors, rights, deadlines, health, reflection."""
