"""A serial device over raw TCP, as ser2net would export it: `python bridge.py DEVICE` prints its port first.

It serves one client after another, and ends with its stdin.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys


def main(device: str) -> None:
    serial = os.open(device, os.O_RDWR | os.O_NOCTTY)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201 — what the test reads
    client: socket.socket | None = None
    with selectors.DefaultSelector() as ready:
        ready.register(sys.stdin, selectors.EVENT_READ)
        ready.register(serial, selectors.EVENT_READ)
        ready.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is listener:
                    if client is not None:
                        ready.unregister(client)
                        client.close()
                    client, _ = listener.accept()
                    ready.register(client, selectors.EVENT_READ)
                elif key.fileobj == serial:
                    data = os.read(serial, 4096)
                    if client is not None:
                        client.sendall(data)
                elif client is not None and key.fileobj is client:
                    if data := client.recv(4096):
                        os.write(serial, data)
                    else:
                        ready.unregister(client)
                        client.close()
                        client = None


if __name__ == "__main__":
    main(sys.argv[1])
