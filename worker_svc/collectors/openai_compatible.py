"""Any server that speaks OpenAI's chat completions: Ollama or vLLM at home, OpenRouter, and many more.

Format: OpenAI API reference, "Chat completions". OpenRouter's citations and costs are read where it sends them.
"""

from worker_svc.collectors import chat, responses
from worker_svc.collectors.collector import Access, Answer, Collector, Question
from worker_svc.collectors.exchange import Exchange


class OpenAiCompatible(Collector):
    """A model behind an address of your own. A local server needs no key."""

    name = "openai_compatible"
    title = "OpenAI-compatible"
    variable = "OPENAI_COMPATIBLE"
    base_url = ""
    model = ""
    needs = ("BASE_URL", "MODEL")

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = responses.client_of(access)

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        messages = [{"role": "user", "content": question.text}]
        return await chat.create(self._client, {"model": self.access.model, "messages": messages})

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a completion."""
        return chat.read(exchange)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()
