"""`python -m migrations upgrade | downgrade REVISION | check | revision PACKAGE MESSAGE`, against HANOISMART_DATABASE_URL."""

import asyncio
import sys

from kernel.settings import settings
from migrations import runner


def main(arguments: list[str]) -> int:
    url = settings().database_url
    if url is None:
        sys.stderr.write("HANOISMART_DATABASE_URL is not set\n")
        return 2
    match arguments:
        case ["upgrade", *rest]:
            asyncio.run(runner.upgrade(url, *rest[:1]))
        case ["downgrade", revision]:
            asyncio.run(runner.downgrade(url, revision))
        case ["check"]:
            asyncio.run(runner.check(url))
        case ["revision", package, message]:
            asyncio.run(runner.revision(url, package, message))
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
