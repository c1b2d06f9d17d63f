"""HTTP: the server, its connections, and what ends them, on uvicorn.

What is used of uvicorn beyond its documentation, none of it private by name; tests/http/test_uvicorn.py tells when a
version does it differently:

- Of both HTTP protocols: what they are made from; `app` and `logger`, which are set; `transport`; `cycle` with
  `more_body`, `response_started` and `response_complete`; `shutdown`; that they call `send_400_response` for what is no
  HTTP; that `data_received(b"")` ends the keep-alive timer; that `connection_lost` with an error neither closes the
  transport nor has anything written any more. Of the one on h11: `conn`. Of the one on httptools: `scope`; that it
  takes a loop as `_loop`, and asks of it `create_task` for each request, and `call_later`.
- Of the server: `server_state` with `connections`, `tasks` and `default_headers`; `servers`; `lifespan`;
  `should_exit`; the methods that `mockcliq.http.server.Server` overrides; that a configuration's `http` is only called.
"""
