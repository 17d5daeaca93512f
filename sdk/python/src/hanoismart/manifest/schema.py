"""The public JSON Schema of the manifest, generated from the model so that the two cannot drift apart."""

import json
from typing import Any

from hanoismart.manifest.model import Manifest

SCHEMA_ID = "/v1/schemas/miniapp/1.json"


def schema() -> dict[str, Any]:
    """The manifest's schema in JSON Schema 2020-12; the rules between members are the validator's alone."""
    body = Manifest.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **body,
        "title": "HanoiSmart mini-app manifest, version 1",
    }


def schema_text() -> str:
    """The schema as it is kept in sdk/spec, byte for byte."""
    return json.dumps(schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
