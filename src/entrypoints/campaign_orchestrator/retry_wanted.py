"""How an invocation asks for the same event again."""


class RetryWanted(RuntimeError):
    """The invocation fails on purpose, so that the service that sent the event delivers it again."""
