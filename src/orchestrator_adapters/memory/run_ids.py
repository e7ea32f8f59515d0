"""Sources of run ids."""

import os
from itertools import count

from attrs import define, field

from orchestrator_domain.ports.run_ids import RunIds


class RandomRunIds(RunIds):
    """Random ids from the operating system, so that processes restored from one snapshot differ too."""

    def next_id(self) -> str:
        return os.urandom(16).hex()


@define
class SequentialRunIds(RunIds):
    """The same ids again for the same ``seed``: for tests and simulations."""

    seed: str = ""
    _numbers: "count[int]" = field(factory=lambda: count(1), init=False)

    def next_id(self) -> str:
        import uuid

        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed}/{next(self._numbers)}").hex
