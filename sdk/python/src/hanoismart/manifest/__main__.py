"""Two commands for continuous integration: print the schema, and judge a file."""

import argparse
import json
import sys
from pathlib import Path

from hanoismart.manifest.reading import MAX_BYTES
from hanoismart.manifest.schema import schema_text
from hanoismart.manifest.validator import validate


def main(arguments: list[str] | None = None) -> int:
    """0 when all is well, 1 when a manifest breaks a rule, 2 when the file cannot be read or the command is wrong."""
    parser = argparse.ArgumentParser(prog="python -m hanoismart.manifest", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("schema", help="print the JSON Schema of manifest.json")
    judged = commands.add_parser("validate", help="judge a manifest.json and print its findings, one JSON object a line")
    judged.add_argument("file", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.command == "schema":
        sys.stdout.write(schema_text())
        return 0
    try:
        with chosen.file.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as failure:
        sys.stderr.write(f"{chosen.file}: {failure.strerror}\n")
        return 2
    findings = validate(source)
    for one in findings:
        sys.stdout.write(json.dumps(one.as_json(), ensure_ascii=False) + "\n")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
