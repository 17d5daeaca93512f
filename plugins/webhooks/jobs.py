"""Delivers messages in batches: ten attempts over some days, an endpoint that fails for five days is left alone."""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import Final

from hanoismart.clock import now
from hanoismart.server.jobs import GiveUp, Run
from kernel import purging
from kernel.jobs import jobs
from plugins.ports import InProcessBackends, NoBackends
from plugins.webhooks import telling
from plugins.webhooks.claiming import BATCH, Ready, claim
from plugins.webhooks.models import Message, MessageState
from plugins.webhooks.noting import Done, note
from plugins.webhooks.sending import Sender
from plugins.webhooks.service import DELIVER

KEPT: Final = timedelta(days=30)
_AT_ONCE: Final = 10  # calls to one backend at the same time
_REMEMBERED: Final = 10_000


class Outbox:
    """What one process brings out. Its connections stay open, and it remembers what it has tried just now."""

    def __init__(self) -> None:
        self.sender = Sender()
        self._lock = asyncio.Lock()
        self._tried: OrderedDict[str, None] = OrderedDict()

    async def bring(self, run: Run) -> None:
        """Everything that is due. The jobs of messages that went out with an earlier batch find nothing left to do."""
        message_id = run.payload.get("message_id")
        if message_id in self._tried and not run.attempt:
            return
        async with self._lock:
            if message_id in self._tried and not run.attempt:
                return
            while await self._batch(run) == BATCH:
                pass

    async def _batch(self, run: Run) -> int:
        inner: InProcessBackends = run.resources.get("miniapp_backends", NoBackends())
        async with run.database.transaction() as session:
            ready = await claim(session)
        if not ready:
            return 0
        limits = {one.app_id: asyncio.Semaphore(_AT_ONCE) for one in ready}

        async def sent(one: Ready) -> Done:
            async with limits[one.app_id]:
                return one, await self.sender.send(one.app_id, one.url, one.headers, one.body, inner)

        done = await asyncio.gather(*(sent(one) for one in ready))
        async with run.database.transaction() as session:
            await note(session, done)
        for one in ready:
            self._tried[str(one.message_id)] = None
        while len(self._tried) > _REMEMBERED:
            self._tried.popitem(last=False)
        return len(ready)


def outbox_of(run: Run) -> Outbox:
    """The process's outbox, made by its composition; a run without one has its own."""
    found = run.resources.get("webhooks")
    return found if isinstance(found, Outbox) else Outbox()


@jobs.steps(DELIVER, max_attempts=30)
async def deliver(run: Run) -> None:
    """One attempt of everything that is due: the message this job was written with, and whatever else waits."""
    outbox = outbox_of(run)
    try:
        await outbox.bring(run)
    finally:
        if run.resources.get("webhooks") is not outbox:
            await outbox.sender.close()


@jobs.steps("plugins.retry_webhooks")
async def retry(run: Run) -> None:
    """What was put off and is due now."""
    await deliver(run)


@jobs.steps("plugins.purge_webhooks", lane="bulk")
async def purge(run: Run) -> None:
    """Remove messages that were finished a month ago, and their attempts."""
    over = (Message.state != MessageState.PENDING) & (Message.created_at < now() - KEPT)
    await purging.remove(run.database, Message, over)


@jobs.steps(telling.MAIL)
async def mail(run: Run) -> None:
    """Tell the support address that an endpoint was disabled. Raises GiveUp where no mail can be sent, and what mail raises."""
    messenger = run.resources.get("messenger")
    if messenger is None:
        raise GiveUp("no messenger")
    await telling.send_mail(run.database, messenger, run.payload["app_id"])


jobs.every("* * * * * *", "plugins.retry_webhooks")
jobs.every("17 3 * * *", "plugins.purge_webhooks")
