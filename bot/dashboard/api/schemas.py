"""JSON schemas of what calls answer, made from the types that the calls return.

The types are the only description: mypy holds the code to them, and nothing is checked at run time. What a field means
is said by the comment behind it, for whoever reads the code and for whoever reads the document.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import CoreSchema
from typing_extensions import TypedDict, get_original_bases, get_type_hints

Time: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
PLACE: Final = "#/components/schemas/{model}"
_FIELD: Final = re.compile(r"^    (\w+): .*?  # (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fields:
    """In `Annotated[dict[str, Any], Fields(A, B)]`: a dict made of an A, whose fields B adds to or says otherwise."""

    kind: type[Any]  # a dataclass
    more: type[Any] | None = None  # a TypedDict, by whose name the schema goes
    without: tuple[str, ...] = ()  # what is left out of the dataclass's

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        of = [each for each in (self.kind, self.more) if each]
        hints = {name: hint for each in of for name, hint in get_type_hints(each, include_extras=True).items()}
        for name in self.without:
            del hints[name]
        make: Any = TypedDict  # whose fields mypy would have written down
        made = make(of[-1].__name__, hints)
        made.__doc__ = of[-1].__doc__
        made.__orig_bases__ = tuple(of)
        return handler.generate_schema(made)


class _Closed(GenerateJsonSchema):
    """Nothing else than the fields, and all of them but for those that are NotRequired."""

    def typed_dict_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().typed_dict_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().dataclass_schema(schema), schema["cls"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001  pydantic's signature
        return bool(field.get("required", total)) if field["type"] == "typed-dict-field" else True

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def schemas(types: tuple[Any, ...]) -> tuple[Sequence[JsonSchemaValue], Mapping[str, JsonSchemaValue]]:
    """Of each type; and, by name, those that they refer to. Worked out once a process, in a third of a second."""
    inputs = [(place, "serialization", TypeAdapter(each)) for place, each in enumerate(types)]
    found, rest = TypeAdapter.json_schemas(inputs, ref_template=PLACE, schema_generator=_Closed)  # type: ignore[arg-type]
    return [found[place, "serialization"] for place in range(len(types))], rest.get("$defs", {})


def _described(schema: JsonSchemaValue, kind: type[Any]) -> JsonSchemaValue:
    schema.setdefault("additionalProperties", False)
    schema["description"] = inspect.getdoc(kind)
    comments = _comments(kind)
    for name, of in schema["properties"].items():
        if name in comments:
            of["description"] = comments[name]
    return schema


def _comments(kind: Any) -> dict[str, str]:
    """Behind the fields of a class and of those that it is made of; none where there is no source."""
    found: dict[str, str] = {}
    for base in get_original_bases(kind):
        found |= {} if base in (TypedDict, object) else _comments(base)
    with suppress(OSError, TypeError):
        found |= dict(_FIELD.findall(inspect.getsource(kind)))
    return found
