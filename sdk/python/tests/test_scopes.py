"""The vocabulary of scopes: what is never in a token, and how lists are read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart import scopes

NAMES = st.frozensets(st.sampled_from(sorted(scopes.SCOPES)))


def test_phone_address_and_personal_number_are_never_in_a_token() -> None:
    never = {"phone", "address", "personal_number.last4", "email", "status.disability", "status.poor_household"}
    assert not scopes.claims_allowed(scopes.SCOPES) & never
    assert all(scopes.SCOPES[name].delivery is scopes.Delivery.REDEEM for name in never)
    assert scopes.claims_allowed(["profile.name", "phone", "stranger"]) == {"profile.name"}


def test_every_row_speaks_both_languages() -> None:
    texts = [*(row.reveals for row in scopes.SCOPES.values()), *(row.reveals for row in scopes.PERMISSIONS.values())]
    assert all(text.vi and text.en and text.vi != text.en for text in texts)
    assert not scopes.SCOPES.keys() & scopes.PERMISSIONS.keys()


@given(NAMES)
def test_a_list_is_read_as_it_was_written(names: frozenset[str]) -> None:
    assert scopes.parse(scopes.format_scopes(names)) == names


@given(NAMES, NAMES, NAMES)
def test_an_intersection_never_widens(one: frozenset[str], two: frozenset[str], three: frozenset[str]) -> None:
    assert scopes.intersect(one, two, three) == one & two & three


@pytest.mark.parametrize("text", ["profile.names", "phone  address", " phone", "phone,address", "PHONE"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(scopes.UnknownScope):
        scopes.parse(text)


def test_sensitive_scopes_and_permissions_are_named_for_review() -> None:
    assert scopes.sensitive(["phone", "profile.name", "location.fine", "stranger"]) == {"phone", "location.fine"}


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        scopes.SCOPES["everything"] = scopes.SCOPES["phone"]  # type: ignore[index] # the refusal is the point
