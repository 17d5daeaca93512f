"""Goal 15, the other half: what one open live stream costs the web process, over real sockets held by another process."""

import asyncio
import gc
import json
import re
import sys
from pathlib import Path

from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.demo.fakes.serving import serving
from bench.measuring import Line
from bench.worlds import World
from identity.people import service as people
from identity.people.models import PersonKind
from identity.people.service import NewPerson
from identity.proofing import enrolments

PEOPLE, EACH = 25, 8
HOLDER = """
import asyncio, json, sys

async def hold(port, headers):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = "".join(f"{name}: {value}\\r\\n" for name, value in headers.items())
    writer.write(f"GET /v1/me/stream HTTP/1.1\\r\\nHost: localhost\\r\\n{lines}\\r\\n".encode())
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    assert b" 200 " in head, head
    return reader, writer

async def main():
    port, asked = json.loads(sys.stdin.readline())
    held = [await hold(port, headers) for headers in asked]
    print(len(held), flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


async def measure(world: World) -> list[Line]:
    phones = [await _signed_in(world) for _ in range(PEOPLE)]
    async with serving(world.hub) as address:
        before = _kilobytes()
        asked = [phone.signed("GET", "/v1/me/stream") for phone in phones for _ in range(EACH)]
        held = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert held.stdin
        assert held.stdout
        held.stdin.write(json.dumps([int(address.rsplit(":", 1)[1]), asked]).encode() + b"\n")
        count = int(await held.stdout.readline())
        await asyncio.sleep(1)
        each = (_kilobytes() - before) / count
        await world.hub.process.streams.close()
        held.stdin.close()
        await held.wait()
    return [Line("15", f"memory of one open stream, of {count}", f"{each:.0f} KB", "< 60 KB")]


async def _signed_in(world: World) -> Phone:
    async with world.hub.process.database.transaction() as session:
        person_id = await people.create(session, NewPerson(PersonKind.RESIDENT, "Nguyễn Thị Lan", 2))
        secret = await enrolments.issue(session, person_id)
    phone = Phone(world.http, SoftwarePasskey(world.phone.base))
    await phone.enrol(secret)
    await phone.sign_in()
    return phone


def _kilobytes() -> int:
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found.group(1)) if found else 0
