"""Google AI Mode, through SerpApi.

Format: SerpApi's documentation, "Google AI Mode API".
"""

from worker_svc.collectors import places, serp
from worker_svc.collectors.collector import Question


class GoogleAiMode(serp.AnswerPage):
    """Google's AI Mode."""

    name = "google_ai_mode"
    title = "Google AI Mode"
    model = "google-ai-mode"
    missing = "Google gave no AI Mode answer to this question."

    def place(self, question: Question) -> dict[str, str]:
        """Google's own parameters."""
        return places.google(question)
