"""The command `hs` on a developer's machine: templates that hold every rule, packing, keys, signing, doctor, and how it speaks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hanoismart import assets, lifecycle, package, tokens
from hanoismart.cli import creating, diagnosing, project
from hanoismart.cli.main import main, parser
from hanoismart.cli.terminal import CommandFailed, language


@pytest.fixture(autouse=True)
def own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv("HS_CONFIG_DIR", str(folder))
    monkeypatch.delenv("HS_HUB", raising=False)
    monkeypatch.setenv("HS_LANG", "en")
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    creating.create(tmp_path / "first", "web", "vn.example.first")
    return tmp_path / "first"


def change(app: Path, **members: Any) -> None:
    path = app / "app" / "manifest.json"
    document = json.loads(path.read_text())
    hs = members.pop("hs", {})
    path.write_text(json.dumps(document | members | {"hs": document["hs"] | hs}))


@pytest.mark.parametrize("template", creating.TEMPLATES)
def test_a_template_holds_every_rule_packs_and_its_tests_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, made = told(capsys, "new", "first-app", "--template", template, "--app-id", "vn.example.first")
    assert (code, made["template"]) == (0, template)
    folder = tmp_path / "first-app"
    code, linted = told(capsys, "lint", "--strict", "--folder", str(folder))
    assert (code, linted) == (0, {"ok": True, "errors": [], "warnings": []})
    code, packed = told(capsys, "pack", "--folder", str(folder))
    assert code == 0
    held = package.read(Path(packed["file"]).read_bytes())
    assert held.digest == packed["digest"]
    assert not any(name.endswith(".py") for name in held.files), "the backend's code stays at home"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_name_that_is_no_name_and_a_folder_that_is_there_are_refused(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "Xấu", "--folder", str(app.parent)]) == 2
    assert main(["new", "first", "--folder", str(app.parent)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_lint_names_rule_place_and_mending_in_both_languages(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(app, hs={"scopes": [{"scope": "profile.name", "purpose": {"vi": "Để chào bạn"}}]})
    (app / "app" / "app.js").write_text("fetch('https://elsewhere.example/x')\n")
    code, linted = told(capsys, "lint", "--folder", str(app))
    assert code == 1
    rules = {one["rule"]: one for one in linted["errors"]}
    assert rules["HS1042"]["pointer"] == "/hs/scopes/0/purpose/en"
    assert {"vi", "en"} <= rules["HS1042"]["fix"].keys()
    main(["lint", "--folder", str(app), "--lang", "vi"])
    assert "HS1042 lỗi /hs/scopes/0/purpose/en" in capsys.readouterr().out


def test_a_warning_is_an_error_only_where_it_shall_be(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = app / "app" / "app.js"
    script.write_text(script.read_text() + "\nfetch('https://elsewhere.example/x');\n")
    code, linted = told(capsys, "lint", "--folder", str(app))
    assert (code, [one["rule"] for one in linted["warnings"]]) == (0, ["HS2105"])
    assert told(capsys, "lint", "--strict", "--folder", str(app))[0] == 1


def test_keys_are_made_kept_to_oneself_and_sign(app: Path, capsys: pytest.CaptureFixture[str], own_config: Path) -> None:
    assert main(["sign", "--environment", "sandbox", "--folder", str(app)]) == 1
    code, key = told(capsys, "keys", "new", "work")[0], None
    key = json.loads((own_config / "keys" / "work.jwk").read_text())
    assert code == 0
    assert (own_config / "keys" / "work.jwk").stat().st_mode & 0o777 == 0o600
    assert main(["keys", "new", "work"]) == 1
    code, listed = told(capsys, "keys", "list", "--local")
    assert [one["name"] for one in listed["items"]] == ["work"]
    assert main(["pack", "--folder", str(app)]) == 0
    capsys.readouterr()
    code, signed = told(capsys, "sign", "--environment", "sandbox", "--folder", str(app))
    assert code == 0
    held = package.read(Path(signed["file"]).read_bytes())
    assert package.verify(held, tokens.public_keys({"keys": [key]}), "sandbox") == signed["kid"]
    public = app / "public.jwk"
    public.write_text(json.dumps({name: value for name, value in key.items() if name != "d"}))
    verify = ["verify", signed["file"], "--offline", "--developer-key", str(public)]
    code, verified = told(capsys, *verify)
    assert (code, verified["signature"]) == (0, signed["kid"])
    public.write_text(json.dumps(tokens.public_jwks([tokens.new_key()])))
    code, refused = told(capsys, *verify)
    assert (code, refused["error"]["step"]) == (1, "key")


def test_a_version_is_raised_as_the_registry_wants_it(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "bump", "--folder", str(app))[1] == {"code": 2, "name": "0.1.1"}
    assert told(capsys, "bump", "--name", "1.0.0-rc.1", "--folder", str(app))[1] == {"code": 3, "name": "1.0.0-rc.1"}
    assert told(capsys, "bump", "--folder", str(app))[1] == {"code": 4, "name": "1.0.1"}
    assert told(capsys, "lint", "--folder", str(app))[0] == 0


def test_which_key_must_be_said_where_there_are_two(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    for name in ("one", "two"):
        main(["keys", "new", name])
    main(["pack", "--folder", str(app)])
    capsys.readouterr()
    assert main(["sign", "--environment", "sandbox", "--folder", str(app)]) == 1
    assert "--key" in capsys.readouterr().err
    assert main(["sign", "--environment", "sandbox", "--key", "two", "--folder", str(app)]) == 0


def test_doctor_finds_what_will_not_work(app: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, healthy = told(capsys, "doctor", "--offline", "--folder", str(app))
    assert (code, healthy["ok"]) == (0, True)
    script = app / "app" / "app.js"
    script.write_text(script.read_text() + "\nawait hs.geo.get();\nawait hs.storage.getAll();\nawait hs.ui.toast({});\n")
    (app / "app" / "hs" / "bridge.js").write_text("// an old one\n")
    change(app, hs={"payments": {"enabled": True}})
    from datetime import date

    dying = lifecycle.Deprecation(date(2026, 1, 1), date(2026, 8, 1), "ui.message")
    monkeypatch.setattr(lifecycle, "DEPRECATIONS", {"ui.toast": dying})
    code, ill = told(capsys, "doctor", "--offline", "--folder", str(app))
    words = [one["en"] for one in ill["checks"] if one["level"] != "ok"]
    assert code == 1
    for part in (
        "geo.get needs req_permissions",
        "there is no storage.getAll",
        "ui.toast ends on 2026-08-01",
        "hs/bridge.js",
        "payment.succeeded",
    ):
        assert any(part in one for one in words), (part, words)
    assert assets.bring_bridge(app / "app")
    assert (app / "app" / "hs" / "bridge.js").read_bytes() == assets.javascript("bridge.js")


def test_what_goes_is_announced_half_a_year_before() -> None:
    from datetime import date

    with pytest.raises(ValueError, match="180 days"):
        lifecycle.Deprecation(date(2026, 1, 1), date(2026, 6, 1), "x")
    headers = lifecycle.Deprecation(date(2026, 1, 1), date(2026, 8, 1), "x").headers()
    assert headers == {"Deprecation": "@1767200400", "Sunset": "Fri, 31 Jul 2026 17:00:00 GMT"}


def test_doctor_knows_every_method_of_the_bridge() -> None:
    known = diagnosing.methods()
    assert {"auth.getToken", "geo.get", "storage.set", "sys.canIUse"} <= known.keys()
    assert 'scope: "phone"' in known["user.getPhoneCode"]


def test_the_project_is_found_from_within_and_says_what_is_wrong_with_it(app: Path) -> None:
    found = project.load(app / "app" / "hs")
    assert (found.root, found.app, found.hub) == (app, app / "app", "http://localhost:8000")
    assert project.load(app, "https://hub.example/").hub == "https://hub.example"
    (app / "hs.toml").write_text("not toml")
    with pytest.raises(CommandFailed, match="cannot be read"):
        project.load(app)
    (app / "app" / "manifest.json").write_text("{")
    (app / "hs.toml").write_text('app = "app"\n')
    with pytest.raises(CommandFailed, match="not JSON"):
        _ = project.load(app).app_id


def test_the_language_is_what_was_asked_or_what_the_terminal_speaks() -> None:
    assert language("en", {"HS_LANG": "vi"}) == "en"
    assert language(None, {"LANG": "en_GB.UTF-8"}) == "en"
    assert language(None, {"LANG": "C.UTF-8"}) == "vi"


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    (group,) = [one for one in parser()._actions if hasattr(one, "choices") and one.choices and "lint" in one.choices]
    assert isinstance(group.choices, dict)
    assert {"new", "dev", "lint", "pack", "keys", "sign", "publish", "rollout", "rollback", "kill", "logs", "webhook", "doctor"} <= set(
        group.choices
    )
    for command in group.choices:
        with pytest.raises(SystemExit) as done:
            main([command, "--help"])
        assert done.value.code == 0
    capsys.readouterr()
