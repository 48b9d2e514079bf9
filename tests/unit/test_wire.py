"""The way to the engines, beneath their SDKs."""

import asyncio
from types import SimpleNamespace

import pytest

from worker_svc.collectors import wire

SERVERS_KEEP_SECONDS = 5.0
"""How long uvicorn (which vLLM is served by) and Node keep a connection on which nothing is asked, by default."""
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Engine:
    """A server that lets go of a connection when it was idle for too long: just when the next request is on its way."""

    def __init__(self) -> None:
        self.now = 0.0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        answered_at = self.now
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            if self.now - answered_at >= 0.9 * SERVERS_KEEP_SECONDS:
                break
            writer.write(RESPONSE)
            answered_at = self.now
        writer.close()


async def test_no_call_is_written_to_a_connection_that_the_engine_is_about_to_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody would know whether such a call was read before the end, so it could not be made again."""
    engine = Engine()
    monkeypatch.setattr("httpcore2._async.http11.time", SimpleNamespace(monotonic=lambda: engine.now))
    async with await asyncio.start_server(engine.serve, "127.0.0.1", 0) as server, wire.http_client(10) as client:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for idle_seconds, connections in ((0, 1), (1, 1), (0.95 * SERVERS_KEEP_SECONDS, 2)):
            engine.now += idle_seconds
            exchange = await wire.exchanged(client.get(address))
            assert (exchange.status, engine.connections) == (200, connections)
