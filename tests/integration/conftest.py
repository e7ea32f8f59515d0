"""What every integration test has."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def aws_credentials() -> Iterator[None]:
    """Credentials that LocalStack takes, and that AWS would refuse."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "000000000000")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield
