"""The main story, played over public HTTP only: one verified account opens a city service, pays, is told, posts and is moderated."""

import httpx

from app.demo.story import identity, moderation, parking, reading, social
from app.demo.story.stage import Stage, StoryBroken

CHAPTERS = (identity, parking, social, moderation, reading)
TIMEOUT = 30


async def play(url: str) -> int:
    """Play every chapter and print what came back; 0 when all is as told, 1 at the first thing that is not."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http:
        stage = Stage(http)
        try:
            for chapter in CHAPTERS:
                await chapter.play(stage)
        except StoryBroken as broken:
            stage.broken(str(broken))
            return 1
        except httpx.HTTPError as error:
            stage.broken(f"{type(error).__name__}: {error}")
            return 1
    stage.end()
    return 0
