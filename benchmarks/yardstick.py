"""What MockCliq is measured against: servers that answer ready-made bytes and do nothing else.

`python -m benchmarks.yardstick fastapi PORT` and `... raw PORT` take the body of the list from standard input, and that
of a chat's messages behind a line end, if there is one.
"""

from __future__ import annotations

import select
import socket
import sys

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel

LIST_PATH = "/api/v2/chats"
MUTE_PATH = "/api/v2/chats/{chat_id}/mute"
UNMUTE_PATH = "/api/v2/chats/{chat_id}/unmute"
POST_PATH = "/api/v2/chats/{chat_id}/message"
CHANNEL_POST_PATH = "/api/v2/channelsbyname/{name}/message"
MESSAGES_PATH = "/api/v2/chats/{chat_id}/messages"


class Post(BaseModel):
    """The JSON of a post."""

    text: str


def fa_static(body: bytes) -> FastAPI:
    """FA-static: what an `async def` route costs that has nothing to do.

    Its telemetry is off, as MockCliq's is: the yardstick is FastAPI at its best.
    """
    listed, _, messages = body.partition(b"\n")
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False})

    @app.get(LIST_PATH)
    async def list_chats() -> Response:
        return Response(listed, media_type="application/json;charset=UTF-8")

    @app.get(MESSAGES_PATH)
    async def list_messages() -> Response:
        return Response(messages, media_type="application/json;charset=UTF-8")

    @app.post(POST_PATH, status_code=204)
    @app.post(CHANNEL_POST_PATH, status_code=204)
    async def post(_post: Post) -> Response:
        return Response(status_code=204)

    @app.post(MUTE_PATH, status_code=204)
    @app.post(UNMUTE_PATH, status_code=204)
    async def mute_or_unmute() -> Response:
        return Response(status_code=204)

    return app


def answer_blindly(listening: socket.socket, body: bytes) -> None:
    """Answer whatever arrives by the same bytes, unread: the ceiling of the load generator."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    clients: dict[int, socket.socket] = {}
    poller = select.epoll()
    poller.register(listening, select.EPOLLIN)
    while True:
        for file, _ in poller.poll():
            if file == listening.fileno():
                client, _ = listening.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                poller.register(client, select.EPOLLIN)
            elif clients[file].recv(65536):
                clients[file].sendall(answer)
            else:
                poller.unregister(file)
                clients.pop(file).close()


def main(kind: str, port: int) -> None:
    """Serve until the process is ended."""
    body = sys.stdin.buffer.read()
    if kind == "raw":
        answer_blindly(socket.create_server(("127.0.0.1", port)), body)
    else:
        uvicorn.run(
            fa_static(body),
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="warning",
            timeout_keep_alive=75,  # MockCliq's, so that both keep as many idle connections
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
