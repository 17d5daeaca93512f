"""The one way in which the embedded servers fail, so that a caller need not know which program complained."""


class EmbeddedServerError(RuntimeError):
    """A server could not be found, started, reached or stopped; the text says which and quotes the end of its log."""
