"""Bing Copilot, through SerpApi. It takes no language and no country: where they matter, the question should say so.

Format: SerpApi's documentation, "Bing Copilot API".
"""

from worker_svc.collectors import serp


class BingCopilot(serp.AnswerPage):
    """The Copilot of Bing's results."""

    name = "bing_copilot"
    title = "Bing Copilot"
    model = "bing-copilot"
    missing = "Bing gave no Copilot answer to this question."
