"""Imports every module that registers a job or a reaction, so that web and worker know the same ones."""


def install() -> None:
    import kernel.audit
    import kernel.jobs  # noqa: F401 (importing registers)
