"""What developers upload: packages of mini-apps."""

from typing import Final

from kernel.uploads import Purpose, register

PACKAGE: Final = register(
    Purpose(
        name="miniapp_package",
        most_bytes=20 * 1024 * 1024,
        kinds=frozenset({"application/zip"}),
        open_uploads=10,
        open_bytes=100 * 1024 * 1024,
    )
)
"""A .hsapp: a zip of at most 20 MB."""
