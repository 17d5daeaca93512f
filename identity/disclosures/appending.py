"""The row about a reading as part of the statement that reads: the value comes out of the database only where its row went in."""

from typing import Final

from kernel import audit

DISCLOSED: Final = f"""
disclosed AS (
    INSERT INTO identity.disclosure
        (id, at, visible_from, request_id, person_id, reader_kind, reader_id, organisation_vi, organisation_en, role, attributes,
         purpose_code, purpose_vi, purpose_en, legal_basis, outcome)
    SELECT $1, $3, $3, $4, person_id, reader_kind, reader_id, organisation_vi, organisation_en, role, attributes,
        purpose_code, purpose_vi, purpose_en, legal_basis, 'read'
    FROM told
    RETURNING id
), entered AS (
    {audit.APPEND}
    SELECT $2, $3, reader_kind || ':' || reader_id, 'disclosure.read', 'person:' || person_id,
        jsonb_build_object('disclosure', disclosed.id::text, 'attributes', attributes, 'purpose', purpose_code), $4
    FROM told, disclosed
    RETURNING id
)"""  # noqa: S608 (put together from constants)
"""To be joined by what reads from `told`, which has the columns named here and one row at most.

Parameters 1 to 4: ids of the disclosure and of its audit entry, the moment, the request's id.
"""
