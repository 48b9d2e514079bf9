"""Whether a service can serve, asked from outside."""

import grpc
import httpx2

from answerbeat.rpc import health

SECONDS = 3.0


async def why_not(address: str) -> str | None:
    """Why the service at host:port, or at the URL of its health page, can't serve. None when it can."""
    if address.startswith("http://"):
        return await _why_not_page(address)
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            return await health.why_not(channel, SECONDS)
        except grpc.aio.AioRpcError as error:
            return f"does not answer: {error.code().name}"


async def _why_not_page(url: str) -> str | None:
    async with httpx2.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        try:
            answer = await client.get(url)
        except httpx2.TransportError as error:
            return f"does not answer: {error}"
    return None if answer.is_success else f"is not ready: {answer.text}"
