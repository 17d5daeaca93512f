"""What a person may do, as pure functions of facts: each raises the refusal that says what is missing."""

from social.groups.models import Group, GroupKind, Reading
from social.posts.models import Audience
from social.refusals import GroupNotFound, MembersOnly, ResidentsOnly, TrustNeeded
from social.visibility import RESIDENT_LEVEL, Viewer

JOINING = {GroupKind.PUBLIC: 1, GroupKind.INTEREST: 2, GroupKind.WARD: RESIDENT_LEVEL}
WRITING = 1


def sees_group(who: Viewer, group: Group) -> bool:
    """A members' group exists for its members and for those who may join it."""
    if group.reading is Reading.EVERYONE or group.id in who.groups:
        return True
    if group.kind is GroupKind.WARD:
        return who.residence is not None and who.residence == group.admin_unit_id
    return who.level >= JOINING[group.kind]


def check_join(who: Viewer, group: Group) -> None:
    """Raises GroupNotFound, ResidentsOnly, TrustNeeded."""
    if not sees_group(who, group):
        raise GroupNotFound
    if group.kind is GroupKind.WARD:
        if who.residence is None or who.residence != group.admin_unit_id:
            raise ResidentsOnly
    elif who.level < JOINING[group.kind]:
        raise TrustNeeded(JOINING[group.kind])


def check_write(who: Viewer, group: Group | None, audience: Audience | None) -> Audience:
    """The audience a new post gets. Raises GroupNotFound, ResidentsOnly, MembersOnly, TrustNeeded.

    A group's refusal comes before the level's: who cannot see a group learns nothing about it.
    """
    if group is not None and group.id not in who.groups:
        if not sees_group(who, group):
            raise GroupNotFound
        raise ResidentsOnly if group.kind is GroupKind.WARD else MembersOnly
    if who.level < WRITING:
        raise TrustNeeded(WRITING)
    if audience is Audience.RESIDENTS and who.level < RESIDENT_LEVEL:
        raise TrustNeeded(RESIDENT_LEVEL)
    if group is None:
        return Audience.PUBLIC if audience in {None, Audience.GROUP} else audience or Audience.PUBLIC
    if group.reading is Reading.MEMBERS:
        return Audience.GROUP
    return audience or Audience.PUBLIC
