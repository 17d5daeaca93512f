"""The transparency log's mathematics (RFC 6962, section 2.1): roots, and proofs that anybody can check without believing the registry."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from joserfc.jwk import OKPKey

from hanoismart.tokens import PublicKeys, TokenError
from hanoismart.tokens.signed import moment, open_signed, seconds, sign, text

CHECKPOINT_TYPE: Final = "hs-log+jws"
EMPTY: Final = sha256(b"").digest()
Node = tuple[int, int]
"""A complete subtree: its level (0 are leaves) and its place from the left."""
Hashes = Callable[[Node], bytes]


class LogRefused(ValueError):
    """A proof or a checkpoint that does not hold."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def peaks(size: int) -> list[Node]:
    """The complete subtrees that make up a tree of `size` leaves, from the left."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size & (1 << level):
            found.append((level, start >> level))
            start += 1 << level
    return found


def _span(start: int, end: int) -> list[Node]:
    """The subtrees that make up the leaves from `start` up to `end`, where `start` is on a boundary of such a tree."""
    found = []
    for level, place in peaks(end - start):
        found.append((level, (start >> level) + place))
    return found


def _fold(hashes: Iterable[bytes]) -> bytes:
    found = list(hashes)
    result = found.pop()
    while found:
        result = node_hash(found.pop(), result)
    return result


def root_nodes(size: int) -> list[Node]:
    """The nodes needed to know the root."""
    return peaks(size)


def root(size: int, hashes: Hashes) -> bytes:
    """The Merkle tree hash of the first `size` leaves."""
    return _fold(hashes(node) for node in peaks(size)) if size else EMPTY


def inclusion_path(position: int, size: int) -> list[list[Node]]:
    """For each step of the audit path of one leaf, the nodes to fold into its hash. Raises ValueError outside the tree."""
    if not 0 <= position < size:
        raise ValueError("the leaf is not in a tree of this size")
    return _path(position, 0, size)


def _path(position: int, start: int, end: int) -> list[list[Node]]:
    if end - start == 1:
        return []
    split = start + _largest_power_below(end - start)
    if position < split:
        return [*_path(position, start, split), _span(split, end)]
    return [*_path(position, split, end), _span(start, split)]


def consistency_path(first: int, second: int) -> list[list[Node]]:
    """The nodes of the proof that the tree of `first` leaves is the beginning of that of `second`. Raises ValueError for 0 or backwards."""
    if not 0 < first <= second:
        raise ValueError("a smaller tree that is not empty comes first")
    return _subproof(first, 0, second, whole=True)


def _subproof(first: int, start: int, end: int, *, whole: bool) -> list[list[Node]]:
    if first == end - start:
        return [] if whole else [_span(start, end)]
    split = _largest_power_below(end - start)
    if first <= split:
        return [*_subproof(first, start, start + split, whole=whole), _span(start + split, end)]
    return [*_subproof(first - split, start + split, end, whole=False), _span(start, start + split)]


def proof(path: Sequence[Sequence[Node]], hashes: Hashes) -> list[bytes]:
    """The hashes of a path."""
    return [_fold(hashes(node) for node in nodes) for nodes in path]


def _largest_power_below(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, position: int, size: int, given: Sequence[bytes], expected_root: bytes) -> None:
    """Raises LogRefused unless the leaf stands at `position` in the tree with this root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= position < size:
        raise LogRefused("the leaf is not in a tree of this size")
    place, last, result = position, size - 1, leaf
    for hashed in given:
        if last == 0:
            raise LogRefused("the proof is too long")
        if place & 1 or place == last:
            result = node_hash(hashed, result)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, hashed)
        place, last = place >> 1, last >> 1
    if last != 0 or result != expected_root:
        raise LogRefused("the proof does not lead to the root")


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, given: Sequence[bytes]) -> None:
    """Raises LogRefused unless the first tree is the beginning of the second (RFC 9162, section 2.1.4.2)."""
    if first == second:
        if given or first_root != second_root:
            raise LogRefused("equal sizes have equal roots")
        return
    if not 0 < first < second or not given:
        raise LogRefused("a smaller tree that is not empty comes first")
    hashes = [first_root, *given] if first & (first - 1) == 0 else list(given)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for hashed in hashes[1:]:
        if last == 0:
            raise LogRefused("the proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(hashed, old), node_hash(hashed, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, hashed)
        place, last = place >> 1, last >> 1
    if last != 0 or old != first_root or new != second_root:
        raise LogRefused("the proof does not join the roots")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large the log was and what it held, signed by the registry."""

    issuer: str
    size: int
    root: bytes
    at: datetime

    def signed(self, key: OKPKey) -> str:
        claims = {"iss": self.issuer, "size": self.size, "root": self.root.hex(), "iat": seconds(self.at)}
        return sign(claims, key, typ=CHECKPOINT_TYPE)

    @classmethod
    def verified(cls, raw: str, keys: PublicKeys) -> "Checkpoint":
        """The checkpoint in a compact JWS of the registry. Raises LogRefused."""
        try:
            claims = open_signed(raw, keys, typ=CHECKPOINT_TYPE)
            size = claims.get("size")
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise LogRefused("the checkpoint has no size")
            return cls(text(claims, "iss"), size, bytes.fromhex(text(claims, "root", most=64)), moment(claims, "iat"))
        except (TokenError, ValueError) as refused:
            raise LogRefused("the checkpoint is not the registry's") from refused
