"""Runs the page and the API until Ctrl-C, says where they are, and stops when the assistant cannot be opened."""

from __future__ import annotations

import logging
import socket
import sys

import click
import uvicorn
from fastapi import FastAPI

from index.errors import SettingInvalid
from rag.engine import Engine
from rag.settings import Mode, Settings, load_settings

PORT_UNUSABLE_EXIT = 2
INTERRUPTED_EXIT = 130
SHUTDOWN_SECONDS = 1  # an open page keeps a connection: do not wait for it


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Where it cannot be had: one line and exit 2."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        problem = f"cannot listen on {host}:{port} ({error.strerror})"
        click.echo(f"digest-qa: {problem}; choose another port, for example: --port {port + 1}", err=True)
        sys.exit(PORT_UNUSABLE_EXIT)


def settings_or_exit(store: str | None, mode: Mode | None) -> Settings:
    """The settings. Where they are wrong: one line and exit 2."""
    try:
        return load_settings(store, mode)
    except SettingInvalid as error:
        click.echo(f"digest-qa: {error}", err=True)
        sys.exit(error.exit_code)


def run(app: FastAPI, engine: Engine, listener: socket.socket) -> None:
    """Serve until stopped. Exits 130 on Ctrl-C, and with the error's own code where the engine cannot load."""
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=SHUTDOWN_SECONDS)
    try:
        _Server(config, engine).run(sockets=[listener])
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED_EXIT)
    if engine.error is not None:
        click.echo(f"digest-qa: {engine.error}", err=True)
        sys.exit(engine.error.exit_code)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            click.echo(f"digest-qa is at http://{f'[{host}]' if ':' in host else host}:{port}", err=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Every open page holds a connection that is cut now; uvicorn would log a traceback for each.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._engine.error is not None
