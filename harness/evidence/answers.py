"""Answers that people write into YAML files, read into frozen models, every mistake told with its place.

A mistake is one sentence: file, line, key, what was found, what is allowed; all mistakes of a file are told at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError


class AnswerError(ValueError):
    """A file of answers, or a bench file, cannot be used. The text is meant for the person who wrote the file."""


class Answers(BaseModel):
    """A section of answers: unknown keys are mistakes, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Seconds = Annotated[float, Field(gt=0, strict=False)]
"""A duration in document seconds, above 0."""

# ---- What a section may say of its own mistakes ----------------------------------------------------------------------

WORD, SECTION = Tag("tagged-word"), Tag("tagged-section")
EITHER = Discriminator(lambda value: SECTION.tag if isinstance(value, dict | BaseModel) else WORD.tag)
"""For a key that takes a word or a section, so that a mistake is told of what was meant:
`Annotated[Annotated[Literal[…], WORD] | Annotated[Model, SECTION], EITHER]`."""


def mistake(found: object, allowed: str, *key: str | int) -> InitErrorDetails:
    """A mistake that a section finds by looking at several of its keys. `key`: the one that is wrong, from the section
    down; `found`: its value, None if it is missing."""
    return InitErrorDetails(
        type=PydanticCustomError("mistake", "{allowed}", {"allowed": allowed}), loc=key, input=found
    )


def refuse(mistakes: list[InitErrorDetails]) -> None:
    """Raises ValidationError if there are any."""
    if mistakes:
        raise ValidationError.from_exception_data("mistakes", mistakes)


# ---- Reading ---------------------------------------------------------------------------------------------------------

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], text: str, origin: str, *, under: str = "", folder: Path | None = None, **more: Any) -> M:
    """A model from YAML text. `origin` names the file; `under`: only the section of that key; `folder`: where it lies,
    if the files it names shall be looked for (`info.context["folder"]`); `more`: values that stand over those of the
    file.

    Raises AnswerError with one line for each mistake."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AnswerError(f"{origin}:{line}: not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise AnswerError(f"{origin}:{line}: not YAML: character {error.character:#06x} is not allowed") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise AnswerError(f"{origin}:1: found {_shown(values)}; allowed: a mapping of keys to values")
    if twice := [f"{origin}:{line}: {key}: found twice; allowed: once" for line, key in _repeated(root)]:
        raise AnswerError("\n".join(twice))
    above = [under] if under else []
    if under:
        values = values.get(under) or {}
    try:
        return model.model_validate({**values, **more}, context={"folder": folder})
    except ValidationError as error:
        lines = [_sentence(model, origin, root, above, dict(mistake)) for mistake in error.errors()]
        raise AnswerError("\n".join(lines)) from error


def _sentence(
    model: type[BaseModel], origin: str, root: yaml.Node | None, above: list[str], mistake: dict[str, Any]
) -> str:
    # Pydantic adds the tag of a chosen union member to the path; a person looks for the key that is in the file.
    path = [
        part for part in mistake["loc"] if not (isinstance(part, str) and part.startswith(("function-", "tagged-")))
    ]
    line, known = _line(root, [*above, *path])
    key = ".".join(str(part) for part in [*above, *path]) or "(whole file)"
    if mistake["type"] in ("extra_forbidden", "invalid_key"):
        return f"{origin}:{line}: {key}: unknown key; allowed: {', '.join(_keys(model, path[:-1]))}"
    if mistake["type"] == "missing":
        return f"{origin}:{line}: {key}: missing; allowed: {_choices(_field(model, path))}"
    found = f"found {_shown(mistake['input'])}; " if known else "missing; " if mistake["input"] is None else ""
    allowed = _wanted(mistake)
    if mistake["type"] == "model_type":
        allowed = f"a mapping with the keys {', '.join(_keys(model, path))}"
    elif mistake["type"] == "literal_error" and _section(_field(model, path)) is not None:
        allowed += f", or a mapping with the keys {', '.join(_keys(model, path))}"
    return f"{origin}:{line}: {key}: {found}allowed: {allowed}"


_WORDS = {
    "String should match pattern": "text like",
    "String should have": "text of",
    "Tuple should have": "a list of",
    " after validation": "",
    "a valid tuple": "a list",
    "a valid integer": "a whole number",
    "a valid ": "a ",
    "a string": "a text in quotation marks",
    ", unable to parse string as a number": "",
    ", unable to parse string as an integer": "",
}
"""What the validation library says, in the words of someone who writes YAML."""


def _choices(field: FieldInfo | None) -> str:
    if field is None:
        return "a value"
    if get_origin(field.annotation) is Literal:
        return " or ".join(map(repr, get_args(field.annotation)))
    return field.description or "a value"


def _wanted(mistake: dict[str, Any]) -> str:
    message = str(mistake["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    for theirs, ours in _WORDS.items():
        message = message.replace(theirs, ours)
    return message


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _line(node: yaml.Node | None, path: list[str | int]) -> tuple[int, bool]:
    """The line of a key, or of the deepest part of its path that is in the file; and whether all of it is."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if entry is None:
                return line, False
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line, False
    return line, True


def _repeated(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that stand twice in the file or in one of its sections: YAML would silently take the last."""
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    for prefix, section in [("", root), *((f"{key.value}.", value) for key, value in entries)]:
        known: set[str] = set()
        for key, _ in section.value if isinstance(section, yaml.MappingNode) else ():
            if key.value in known:
                yield key.start_mark.line + 1, f"{prefix}{key.value}"
            known |= {str(key.value)}


def _field(model: type[BaseModel], path: list[str | int]) -> FieldInfo | None:
    """The field that a path leads to, None if there is no such field; the entries of a list are of the list's field."""
    field = None
    for part in path:
        if isinstance(part, int):
            continue
        section = model if field is None else _section(field)
        field = section.model_fields.get(part) if section is not None else None
        if field is None:
            return None
    return field


def _keys(model: type[BaseModel], path: list[str | int]) -> list[str]:
    """The keys a section allows, following the path from the model down."""
    return sorted((_section(_field(model, path)) or model).model_fields)


def _section(field: FieldInfo | None) -> type[BaseModel] | None:
    """The model of a section that may be written in a key's place, alone, beside something else, or in a list."""
    annotation = None if field is None else field.annotation
    kinds = [annotation, *(part for kind in (annotation, *get_args(annotation)) for part in (kind, *get_args(kind)))]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
