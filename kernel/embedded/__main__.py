"""`python -m kernel.embedded start|stop|status|remove`: the checkout's own servers by hand, for a developer at a terminal."""

import argparse
import sys
from pathlib import Path

from kernel.embedded import remove, start, status, stop
from kernel.embedded.errors import EmbeddedServerError

NOT_RUNNING = 3  # as `systemctl status` answers


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m kernel.embedded", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status", "remove"])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="the checkout (default: this one)")
    chosen = parser.parse_args(arguments)
    try:
        return _act(chosen.action, chosen.root)
    except EmbeddedServerError as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


def _act(action: str, root: Path) -> int:
    if action == "start":
        servers = start(root, keep=True)
        sys.stdout.write(f"HANOISMART_DATABASE_URL={servers.database_url}\nHANOISMART_REDIS_URL={servers.redis_url}\n")
    elif action == "stop":
        stop(root)
    elif action == "remove":
        remove(root)
    else:
        found = status(root)
        sys.stdout.writelines(f"{name}: {'running' if up else 'stopped'}\n" for name, up in found.items())
        return 0 if all(found.values()) else NOT_RUNNING
    return 0


if __name__ == "__main__":
    sys.exit(main())
