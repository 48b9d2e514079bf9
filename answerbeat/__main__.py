"""`python -m answerbeat` is the command `answerbeat`, whoever provides it: this package knows no service."""

from importlib.metadata import entry_points

(command,) = entry_points(group="console_scripts", name="answerbeat")
command.load()()
