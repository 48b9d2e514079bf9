"""`python -m answerbeat` is the command `answerbeat`."""

from answerbeat.cli import main

main()
