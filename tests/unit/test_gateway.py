"""The gateway's own parts."""

import socket

import uvicorn

from admin_gateway.app import bind


async def _no_app(*_: object) -> None: ...


def test_connections_send_without_waiting_for_acknowledgements() -> None:
    """A body that follows its headers would come 40 ms later: what Nagle's algorithm and delayed ACKs make of it."""
    with bind(uvicorn.Config(_no_app, host="127.0.0.1", port=0, log_level="critical")) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()):
            connection, _ = listening.accept()
            with connection:
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
