"""PostgreSQL and Valkey for a developer's machine, so that a clone runs with no service installed beforehand."""

from kernel.embedded.supervisor import Servers, release, remove, running, start, status, stop

__all__ = ["Servers", "release", "remove", "running", "start", "status", "stop"]
