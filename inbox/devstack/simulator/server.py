"""Serves the simulator with Daphne, and saves its state when it is told to stop."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from daphne.server import Server

from .app import Application
from .simulator import Simulator


class SimulatorServer(Server):  # type: ignore[misc]
    """Daphne, with a way to hang up without an answer, and a word when it listens."""

    has_listened = False
    sim: Simulator

    def create_application(self, protocol: Any, scope: MutableMapping[str, Any]) -> Any:
        if scope["type"] == "http":
            scope["extensions"] = {"simulator.drop": protocol.loseConnection}
        return super().create_application(protocol, scope)

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.has_listened = True
        address = port.getHost()
        host = f"[{address.host}]" if ":" in address.host else address.host
        self.sim.base_url = f"http://{host}:{address.port}"
        print(f"Vendor simulator: {self.sim.base_url}/phone/", flush=True)


def serve(host: str, port: int, state_file: Path | None) -> bool:
    """Run until a signal; port 0 takes a free one, which the printed address names.

    Returns False when the port could not be had."""
    sim = Simulator(state_file)
    interface = host.replace(":", "\\:")
    server = SimulatorServer(
        application=Application(sim),
        endpoints=[f"tcp:port={port}:interface={interface}"],
        verbosity=0,
        server_name="",
    )
    server.sim = sim
    server.run()
    if server.has_listened:
        sim.storage.save()
    return bool(server.has_listened)
