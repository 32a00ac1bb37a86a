"""Schemas and documents side by side: both verdicts on one text, and every small change that a
schema can tell from right."""

import copy
import json

import jsonschema
import yaml

from nidra_box.config import parse_config
from nidra_box.documents.load import parse_document
from nidra_box.documents.node import DocumentError, Problems
from nidra_box.score import rules
from nidra_box.score.parse import parse_script
from nidra_box.sound.beds import KNOWN_SOUNDS
from tests.support.box import ROOT

FILES = {
    "script": ROOT / "docs" / "schema" / "nidra-script-1.json",
    "config": ROOT / "docs" / "schema" / "nidra-box-config.json",
}
SCHEMAS = {what: json.loads(path.read_text("utf-8")) for what, path in FILES.items()}
VALIDATORS = {what: jsonschema.Draft202012Validator(schema) for what, schema in SCHEMAS.items()}


def loaded(text):
    """A document as an editor's validator sees it. Quoted durations are strings; unquoted ones
    are numbers, off is false: what YAML makes of them is what is wrong with them."""
    return yaml.safe_load(text)


def schema_errors(what, document):
    return [
        f"{error.json_path}: {error.message}" for error in VALIDATORS[what].iter_errors(document)
    ]


def underlined(what, document):
    """Whether the schema finds anything wrong."""
    return not VALIDATORS[what].is_valid(document)


def box_errors(what, text):
    """What the box itself says of a text."""
    try:
        if what == "config":
            parse_config(text, "x.yaml")
            return []
        problems = Problems("x.yaml")
        script = parse_script(parse_document(text, problems), problems, KNOWN_SOUNDS)
        rules.check_script(script, problems)
    except DocumentError as error:
        return [str(problem) for problem in error.problems]
    return [str(problem) for problem in problems.errors]


def written(document):
    """A document as YAML text; durations come out quoted."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def parts_of(what, document):
    """(path, schema, value) of every part of a document that the schema describes; of several
    schemas for one value the one that it fills."""
    definitions = SCHEMAS[what]["$defs"]

    def fitting(schema, value):
        if "$ref" in schema:
            return definitions[schema["$ref"].rpartition("/")[2]]
        for branch in schema.get("anyOf", ()):
            if jsonschema.Draft202012Validator({"$defs": definitions, **branch}).is_valid(value):
                return fitting(branch, value)
        return schema

    def walk(path, schema, value):
        schema = fitting(schema, value)
        yield path, schema, value
        for key in value if isinstance(value, dict) else ():
            inner = schema["properties"].get(key, schema["additionalProperties"])
            yield from walk((*path, key), inner, value[key])
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield from walk((*path, number), schema["items"], item)

    yield from walk((), SCHEMAS[what], document)


def with_value(document, path, value):
    """A copy of the document with another value at `path`."""
    found = copy.deepcopy(document)
    if not path:
        return value
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found
