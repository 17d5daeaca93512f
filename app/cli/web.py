"""Serve HTTP."""

import argparse

import uvicorn

from kernel.settings import settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)


def work(given: argparse.Namespace) -> int:
    settings()  # unsafe settings end here, before a socket is opened
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=given.host,
        port=given.port,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=settings().trust_proxy,
        timeout_graceful_shutdown=10,
        log_level="warning",
        ws="none",
    )
    return 0
