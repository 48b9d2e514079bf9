"""Any server that speaks OpenAI's chat completions: Ollama or vLLM at home, OpenRouter, and many more.

Format: OpenAI API reference, "Chat completions". OpenRouter's citations and costs are read where it sends them.
"""

from worker_svc.collectors.chat import ChatCollector


class OpenAiCompatible(ChatCollector):
    """A model behind an address of your own. A local server needs no key."""

    name = "openai_compatible"
    title = "OpenAI-compatible"
    variable = "OPENAI_COMPATIBLE"
    base_url = ""
    model = ""
    needs = ("BASE_URL", "MODEL")
