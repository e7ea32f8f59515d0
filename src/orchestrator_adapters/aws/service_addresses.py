"""The addresses of the services that are asked directly."""

import re
from typing import Final

from orchestrator_adapters.aws.kept_connections import ServerAddress

PREFIXES: Final = {
    "stepfunctions": "states",
    "lambda": "lambda",
    "events": "events",
    "secretsmanager": "secretsmanager",
}
SUFFIXES: Final = (
    (re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]{1,2}"), "amazonaws.com"),
    (re.compile(r"cn-[a-z]+-[0-9]{1,2}"), "amazonaws.com.cn"),
)
"""Of AWS's own partition and of China's; in the others (government, sovereign) some services have addresses of
another form. https://docs.aws.amazon.com/general/latest/gr/rande.html"""
PLAIN_URL: Final = re.compile(r"(https?)://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?/?")


def known_address(
    service: str, *, region: str, endpoint_url: str | None, authorities: str | None = None
) -> ServerAddress | None:
    """Where the service is; None where that is not certain.

    Args:
        endpoint_url: another address than AWS's own.
        authorities: the path of a list of those who are trusted in place of the usual ones.
    """
    url = _own_url(service, region) if endpoint_url is None else endpoint_url
    matched = PLAIN_URL.fullmatch(url or "")
    if service not in PREFIXES or matched is None:
        return None
    scheme, host, port = matched.groups()
    is_tls = scheme == "https"
    usual_port = 443 if is_tls else 80
    return ServerAddress(host=host, port=int(port or usual_port), is_tls=is_tls, authorities=authorities)


def _own_url(service: str, region: str) -> str | None:
    for regions, suffix in SUFFIXES:
        if service in PREFIXES and regions.fullmatch(region):
            return f"https://{PREFIXES[service]}.{region}.{suffix}"
    return None
