"""What a history is made of: steps, which can be written down and read back."""

from typing import Self

from attrs import frozen


@frozen
class Step:
    """One thing that happens.

    Attributes:
        what: the kind of it, a key of RandomHistory's table.
        who: the process that it concerns or makes, if any.
        how: the choices that it leaves open; missing ones are 0, which is always the plainest.
    """

    what: str
    who: str = ""
    how: tuple[int, ...] = ()

    def choice(self, number: int) -> int:
        return self.how[number] if number < len(self.how) else 0

    def __str__(self) -> str:
        return ":".join([self.what, self.who, ".".join(map(str, self.how))])

    @classmethod
    def read(cls, text: str) -> Self:
        what, who, how = text.split(":")
        return cls(what, who, tuple(int(choice) for choice in how.split(".") if choice))


def written(steps: list[Step]) -> str:
    return ",".join(map(str, steps))


def read(text: str) -> list[Step]:
    return [Step.read(one) for one in text.split(",") if one]
