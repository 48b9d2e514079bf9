"""DeepSeek: its chat API, which answers from the model alone and searches nothing.

Format: DeepSeek API docs, "Create chat completion" and "JSON Output".
"""

from worker_svc.collectors.chat import ChatCollector


class DeepSeek(ChatCollector):
    """DeepSeek, without a search."""

    name = "deepseek"
    title = "DeepSeek"
    variable = "DEEPSEEK"
    base_url = "https://api.deepseek.com"
    model = "deepseek-v4-flash"
    takes_schema = False
