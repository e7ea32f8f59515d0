"""What makes two values with the same parts equal."""

from typing import Any, ClassVar

from attrs import Attribute


class Value:
    """Equality, hash and repr of an attrs class, by its fields.

    attrs would compile all three for each class that is imported, which is most of what a class costs a cold start;
    here they are one for all, and work when somebody asks. The class says ``eq=False, repr=False``.
    """

    __slots__ = ()
    __attrs_attrs__: "ClassVar[tuple[Attribute[Any], ...]]"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or other.__class__ is not self.__class__:
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((self.__class__, self._parts()))

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in self.__attrs_attrs__ if one.repr)
        return f"{self.__class__.__qualname__.rpartition('>.')[2]}({', '.join(shown)})"

    def _parts(self) -> tuple[Any, ...]:
        return tuple([getattr(self, one.name) for one in self.__attrs_attrs__])
