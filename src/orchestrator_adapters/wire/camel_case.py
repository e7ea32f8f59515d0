"""A cattrs converter whose attrs classes are camelCase objects on the wire."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override


def camel_case(name: str) -> str:
    """``run_number`` becomes ``runNumber``."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def camel_case_converter() -> Converter:
    """Strict in what it reads (no unknown fields, no conversions); leaves out what is None when it writes.

    A field whose metadata has ``"always": True`` is written also when it is None.
    """
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _structure(cls, converter))
    converter.register_unstructure_hook_factory(attrs.has, lambda cls: _unstructure(cls, converter))
    converter.register_structure_hook(str, _exactly_str)
    converter.register_structure_hook(int, _exactly_int)
    converter.register_structure_hook(bool, _exactly_bool)
    converter.register_structure_hook(dict[str, str | None] | None, _exactly_cursor_or_none)
    converter.register_structure_hook(dict[str, int | None] | None, _exactly_numbers_or_none)
    converter.register_structure_hook(str | None, _exactly_str_or_none)
    converter.register_structure_hook(list[str] | None, _exactly_strs_or_none)
    return converter


def _structure(cls: type[Any], converter: Converter) -> Callable[[Mapping[str, Any], Any], Any]:
    return make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **_renamed(cls, omit_none=False))


def _unstructure(cls: type[Any], converter: Converter) -> Callable[[Any], dict[str, Any]]:
    return make_dict_unstructure_fn(cls, converter, **_renamed(cls, omit_none=True))


def _renamed(cls: type[Any], *, omit_none: bool) -> dict[str, Any]:
    return {
        field.name: override(
            rename=camel_case(field.name),
            omit_if_default=omit_none and field.default is None and not field.metadata.get("always"),
        )
        for field in attrs.fields(cls)
    }


def _exactly_str(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a string")
    return value


def _exactly_str_or_none(value: Any, _: Any) -> str | None:
    return None if value is None else _exactly_str(value, str)


def _exactly_strs_or_none(value: Any, _: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise TypeError("a list of strings")
    return [_exactly_str(one, str) for one in value]


def _exactly_int(value: Any, _: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number")
    return value


def _exactly_bool(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _exactly_cursor_or_none(value: Any, _: Any) -> dict[str, str | None] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("an object")
    return {_exactly_str(name, str): _exactly_str_or_none(last, str) for name, last in value.items()}


def _exactly_numbers_or_none(value: Any, _: Any) -> dict[str, int | None] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("an object")
    return {
        _exactly_str(name, str): None if number is None else _exactly_int(number, int)
        for name, number in value.items()
    }
