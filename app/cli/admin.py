"""Make the first administrator, or give and end staff roles."""

import argparse
import asyncio
from uuid import UUID

from app.cli.database import open_database
from identity.api import people
from identity.api.access import Role, grant_role
from identity.api.people import PersonNotFound


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    create = actions.add_parser("create", help="give a verified person the role of administrator")
    create.add_argument("person", type=UUID, help="the person's id, as GET /v1/me shows it")
    create.add_argument("--role", type=Role, choices=list(Role), default=Role.ADMINISTRATOR)


def work(given: argparse.Namespace) -> int:
    return asyncio.run(_grant(given.person, given.role))


async def _grant(person_id: UUID, role: Role) -> int:
    async with open_database() as database:
        try:
            async with database.transaction() as session:
                card = await people.card(session, person_id)
                if card.level < 2:
                    print("Only a person at identity level 2 can hold a staff role.")
                    return 1
                await grant_role(session, person_id, role, granted_by=None)
        except PersonNotFound:
            print("There is no such person.")
            return 1
    print(f"The person holds the role {role.value} now.")
    return 0
