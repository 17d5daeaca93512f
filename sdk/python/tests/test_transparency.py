"""The transparency log: every proof of an honest log holds, and no other does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart import tokens, transparency
from hanoismart.clock import now
from hanoismart.transparency import Checkpoint, LogRefused


def tree(size: int) -> dict[transparency.Node, bytes]:
    """All complete subtrees over leaves `0`, `1`, …"""
    held = {(0, place): transparency.leaf_hash(str(place).encode()) for place in range(size)}
    level = 0
    while size >> (level + 1):
        for place in range(size >> (level + 1)):
            held[level + 1, place] = transparency.node_hash(held[level, 2 * place], held[level, 2 * place + 1])
        level += 1
    return held


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, read aloud."""
    if not leaves:
        return transparency.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return transparency.node_hash(naive(leaves[:split]), naive(leaves[split:]))


@given(st.integers(0, 70))
def test_the_root_is_the_standards(size: int) -> None:
    held = tree(size)
    assert transparency.root(size, held.__getitem__) == naive([held[0, place] for place in range(size)])


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_every_leaf_is_included_and_no_other(case: tuple[int, int]) -> None:
    size, position = case
    held = tree(size)
    root = transparency.root(size, held.__getitem__)
    proof = transparency.proof(transparency.inclusion_path(position, size), held.__getitem__)
    transparency.verify_inclusion(held[0, position], position, size, proof, root)
    for wrong in (
        (b"x" * 32, position, proof),
        (held[0, position], (position + 1) % max(size, 2), proof),
        (held[0, position], position, [*proof, root]),
    ):
        with pytest.raises(LogRefused):
            transparency.verify_inclusion(wrong[0], wrong[1], size, wrong[2], root)


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))))
def test_a_log_that_grew_is_consistent_and_a_rewritten_one_is_not(case: tuple[int, int]) -> None:
    size, first = case
    held = tree(size)
    roots = [transparency.root(one, held.__getitem__) for one in (first, size)]
    proof = transparency.proof(transparency.consistency_path(first, size), held.__getitem__)
    transparency.verify_consistency(first, size, roots[0], roots[1], proof)
    with pytest.raises(LogRefused):
        transparency.verify_consistency(first, size, b"x" * 32, roots[1], proof)
    with pytest.raises(LogRefused):
        transparency.verify_consistency(first, size, roots[0], b"x" * 32, proof)


def test_a_checkpoint_is_the_registrys_own() -> None:
    key = tokens.new_key()
    said = Checkpoint("https://hub.example", 3, b"r" * 32, now().replace(microsecond=0))
    assert Checkpoint.verified(said.signed(key), {key.thumbprint(): key}) == said
    with pytest.raises(LogRefused):
        Checkpoint.verified(said.signed(tokens.new_key()), {key.thumbprint(): key})
