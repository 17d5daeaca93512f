"""`python -m bench`: prints the ratios of the goals that stand, yardsticks and product in turn."""

import os

import uvloop

os.environ.setdefault("HANOISMART_ENVIRONMENT", "test")
os.environ.setdefault("HANOISMART_OPEN_CALLS_PER_MINUTE", "1000000")  # everything here comes from one address

from bench import catalogue, chips, database, gateway, http, machine, oauth, signing_in, streams, webhooks
from bench.measuring import Line
from bench.worlds import world


def show(lines: list[Line]) -> None:
    for line in lines:
        print(f"{line.number:>3}  {line.what:<62} {line.measured:<34} goal {line.goal}", flush=True)


async def main() -> None:
    async with world() as made:
        for goal in (http.measure, database.measure, gateway.measure, webhooks.measure, streams.measure, signing_in.measure):
            show(await goal(made))
    show(await catalogue.measure())
    show(await oauth.measure())
    show(await chips.measure())
    show(await machine.measure())


if __name__ == "__main__":
    uvloop.run(main())  # the loop uvicorn takes, too
