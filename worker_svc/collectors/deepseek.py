"""DeepSeek: its chat API, which answers from the model alone and searches nothing.

Format: DeepSeek API docs, "Create chat completion".
"""

from worker_svc.collectors import chat, responses
from worker_svc.collectors.collector import Access, Answer, Collector, Question
from worker_svc.collectors.exchange import Exchange


class DeepSeek(Collector):
    """DeepSeek, without a search."""

    name = "deepseek"
    title = "DeepSeek"
    variable = "DEEPSEEK"
    base_url = "https://api.deepseek.com"
    model = "deepseek-v4-flash"

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
