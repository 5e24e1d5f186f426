"""Starts the real whisper-live with the settings that make it usable; prints a ready line when it listens.

Run by its environment's Python, so it imports nothing of ours.
"""

import json
import os
import sys
import threading
import time


def main(port: int, model: str, clients: int, limit_seconds: int) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    threading.Thread(target=announce, args=(port,), daemon=True).start()
    from whisper_live.server import TranscriptionServer

    TranscriptionServer().run(
        "127.0.0.1",
        port=port,
        backend="faster_whisper",  # its default is tensorrt
        faster_whisper_custom_model_path=model,
        single_model=True,
        max_clients=clients,
        max_connection_time=limit_seconds,
    )


def announce(port: int) -> None:
    """It has no ready line of its own, and warms up with its first client: so be that client."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    until = time.monotonic() + 120
    hello = {"uid": "warm", "language": "vi", "task": "transcribe", "model": "base", "use_vad": True}
    while time.monotonic() < until:
        try:
            with connect(f"ws://127.0.0.1:{port}", open_timeout=5) as ws:
                ws.send(json.dumps(hello))
                if json.loads(ws.recv(timeout=100)).get("message") == "SERVER_READY":
                    ws.send(b"END_OF_AUDIO")
                    break
        except (OSError, WebSocketException, TimeoutError):
            time.sleep(0.2)
    print(json.dumps({"ready": True, "port": port}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
