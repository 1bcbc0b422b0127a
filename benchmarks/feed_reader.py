"""Feed reader: a client of the server-sent events that reads and forgets, as an open dashboard would.

Run as `python -m benchmarks.feed_reader PORT`. Prints `reading` when the feed has begun; ends with it.
"""

import socket
import sys


def read(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET /_emulator/feed HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        first = connection.recv(65_536)
        if not first.startswith(b"HTTP/1.1 200"):
            sys.exit(f"the feed answered {first[:80]!r}")
        print("reading", flush=True)
        while connection.recv(65_536):
            pass


if __name__ == "__main__":
    read(int(sys.argv[1]))
