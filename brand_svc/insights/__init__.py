"""What was learned: answers as evidence, numbers, opportunities, sources, and all of it as files."""
