"""The groups a person may know of."""

from sqlalchemy import ColumnElement, and_, false, or_

from social.groups.models import Group, GroupKind, Reading
from social.policies import JOINING
from social.visibility import Viewer


def groups_seen_by(who: Viewer) -> ColumnElement[bool]:
    """`policies.sees_group` as a condition on `Group`."""
    ward = Group.admin_unit_id == who.residence if who.residence else false()
    open_kinds = [kind for kind, level in JOINING.items() if kind is not GroupKind.WARD and who.level >= level]
    return or_(
        Group.reading == Reading.EVERYONE, Group.id.in_(who.groups), and_(Group.kind == GroupKind.WARD, ward), Group.kind.in_(open_kinds)
    )
