"""The command `answerbeat`: starts services, or all on one machine, and tries rules. Knows all services, no rule."""
