"""Coverage-guided fuzzing of the whole handler over in-memory parts: ``make fuzz SECONDS=60``.

The bytes are JSON of the fuzzer's own making, or choose an event that is right and say how it is bent. What must
hold of every answer is asserted by ``asking.answers_to_anybody``, as in ``make test``. An input that breaks it is
kept in ``build/fuzzing``, and is given again by ``make fuzz INPUT=...``.
"""

import json
import random
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import atheris

with atheris.instrument_imports(include=["orchestrator_domain", "orchestrator_adapters", "campaign_orchestrator"]):
    from asking.answers_to_anybody import Anybody, right_events
    from asking.hostile_values import bent

    RIGHT: Final = right_events()
    # Much is imported when it is first needed, and only what is imported here is followed.
    for right_event in RIGHT:
        Anybody().send(right_event)

MOST_CHANGES: Final = 8
SEEDS_THAT_BEND: Final = 400
SEED_BYTES: Final = 96
GROUND: Final = Path("build/fuzzing")


class ChanceOfBytes(random.Random):
    """Draws what the fuzzer's bytes say, so that it learns which bytes lead further."""

    def __init__(self, provider: Any) -> None:
        super().__init__(0)
        self.provider = provider

    def random(self) -> float:
        return float(self.provider.ConsumeProbability())

    def getrandbits(self, k: int, /) -> int:
        return int(self.provider.ConsumeIntInRange(0, (1 << min(k, 32)) - 1))


def event_of(data: bytes) -> Any:
    """The event that the bytes spell, or say how to bend."""
    if data[:1] == b"{":
        with suppress(ValueError, RecursionError):
            return json.loads(data)
    provider = atheris.FuzzedDataProvider(data)
    chance = ChanceOfBytes(provider)
    right = RIGHT[provider.ConsumeIntInRange(0, len(RIGHT) - 1)]
    return bent(right, chance, changes=provider.ConsumeIntInRange(1, MOST_CHANGES))


def send(data: bytes) -> None:
    """One event."""
    Anybody().send(event_of(data))


def main() -> None:
    """Fuzz; arguments are libFuzzer's."""
    corpus = GROUND / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, event in enumerate(RIGHT):
        (corpus / f"right-{number}").write_text(json.dumps(event))
    for number in range(SEEDS_THAT_BEND):
        (corpus / f"bent-{number}").write_bytes(random.Random(number).randbytes(SEED_BYTES))
    ways = [argument for argument in sys.argv[1:] if not argument.startswith("-")] or [str(corpus)]
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    atheris.Setup([sys.argv[0], f"-artifact_prefix={GROUND}/", "-max_len=8192", *options, *ways], send)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
