"""The scheduler's services: messages in, operations called, messages out."""
