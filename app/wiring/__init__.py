"""Who reacts to what: every reaction of the house, a page per package that tells a fact."""

_installed = False


def install() -> None:
    """Register every reaction and every job, once per process."""
    global _installed  # noqa: PLW0603 (registration is once per process by nature)
    if _installed:
        return
    _installed = True
    from app.wiring import registrations

    registrations.install()
