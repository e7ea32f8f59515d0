"""Why a request to AWS has not been sent; error_classes.json has the word that is shown for each."""


class ConnectionNotMade(Exception):
    """The name does not resolve, or nobody listens there."""


class ConnectTimedOut(Exception):
    """Nobody has answered the attempt to connect."""


class HandshakeFailed(Exception):
    """TLS could not be agreed on, or the certificate is not one that is trusted for this host."""


class NoTimeLeft(Exception):
    """The calls before it have taken the time that they share with it."""


class CredentialsNotSet(Exception):
    """The environment has no credentials any more."""


class RequestNotSendable(Exception):
    """A value cannot be in a request."""
