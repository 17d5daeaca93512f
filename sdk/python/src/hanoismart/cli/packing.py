"""`hs pack`, `hs sign` and `hs verify`: a folder becomes a package, a package is signed, and anybody can prove what the city serves."""

import argparse
import json
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from hanoismart import package, tokens, transparency
from hanoismart.cli import keeping
from hanoismart.cli.checking import built
from hanoismart.cli.hubs import HubClient
from hanoismart.cli.project import Project, load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.text import Text


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    pack = commands.add_parser("pack", parents=[shared], help="build dist/<app>-<code>.hsapp")
    pack.set_defaults(work=pack_app)
    sign = commands.add_parser("sign", parents=[shared], help="sign a package with your key")
    sign.add_argument("file", type=Path, nargs="?", help="the package; that of this project where it is left out")
    sign.add_argument("--key", help="name of a key of hs keys, or a JWK file")
    sign.add_argument(
        "--environment", choices=("sandbox", "production"), help="what it is signed for; asked of the hub where it is left out"
    )
    sign.set_defaults(work=sign_package)
    verify = commands.add_parser("verify", parents=[shared], help="check signature, countersignature and the transparency log")
    verify.add_argument("file", type=Path)
    verify.add_argument("--developer-key", type=Path, help="public JWK or JWK Set of the developer; your own keys where it is left out")
    verify.add_argument("--offline", action="store_true", help="check only what the file says about itself")
    verify.set_defaults(work=verify_package)


def read_package(path: Path) -> package.Package:
    """Raises CommandFailed with the findings."""
    try:
        return package.read(path.read_bytes())
    except OSError as missing:
        raise CommandFailed(Text(vi="Không đọc được {path}", en="{path} cannot be read").format(path=path)) from missing
    except package.PackageRefused as refused:
        raise CommandFailed(Text(vi="Gói không hợp lệ", en="The package does not hold"), findings=refused.findings) from refused


def packed(project: Project, held: package.Package) -> Path:
    """Write a package where the project keeps it."""
    path = project.package_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(held.to_bytes())
    return path


def environment_of(hub: str, language: str) -> package.Environment:
    """What packages of this hub are signed for. Raises CommandFailed."""
    with HubClient(hub, language=language) as client:
        told = client.open("GET", "/v1/dev/environment")
    return "production" if told.get("environment") == "production" else "sandbox"


def signed(held: package.Package, key: OKPKey, environment: package.Environment) -> package.Package:
    """The package with this key's signature."""
    return package.sign(held, key, environment)


def pack_app(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    held = built(project)
    path = packed(project, held)
    terminal.findings(held.warnings, warning=True)
    document = {"file": str(path), "app_id": held.manifest.app_id, "version_code": held.manifest.version.code, "digest": held.digest}
    document |= {"bytes": path.stat().st_size, "files": len(held.files), "warnings": [one.as_json() for one in held.warnings]}
    terminal.give(document, Text(vi="Đã đóng gói {file}", en="Packed {file}").format(file=path))
    return Exit.DONE


def sign_package(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    path = given.file or project.package_path
    held = read_package(path)
    key = keeping.key(given.key or project.key)
    environment = given.environment or environment_of(project.hub, terminal.language)
    path.write_bytes(signed(held, key, environment).to_bytes())
    document = {"file": str(path), "kid": key.thumbprint(), "environment": environment, "digest": held.digest}
    words = Text(vi="Đã ký {file} cho môi trường {environment}, khóa {kid}", en="Signed {file} for {environment} with key {kid}")
    terminal.give(document, words.format(**document))
    return Exit.DONE


def verify_package(given: argparse.Namespace, terminal: Terminal) -> int:
    """0 when everything that could be checked holds; 1 with the step that failed."""
    held = read_package(given.file)
    project = load(given.folder, given.hub)
    told: dict[str, Any] = {"file": str(given.file), "digest": held.digest, "app_id": held.manifest.app_id}
    told["version_code"] = held.manifest.version.code
    try:
        header = package.header_of(held)
        told |= {"kid": header.kid, "environment": header.environment}
        with HubClient(project.hub, language=terminal.language) as hub:
            keys = _developer_keys(given.developer_key, header.kid)
            if keys is not None:
                told["signature"] = package.verify(held, keys, "production" if header.environment == "production" else "sandbox")
                terminal.say("✓ chữ ký của nhà phát triển: {kid}", "✓ the developer's signature: {kid}", kid=header.kid)
            if hub.signed_in and not given.offline:
                told["key"] = _registered(hub, header.kid)
            if not given.offline:
                told |= _logged(hub, held, terminal)
    except (package.SignatureRefused, transparency.LogRefused) as refused:
        step = refused.step if isinstance(refused, package.SignatureRefused) else "log"
        raise CommandFailed(Text(vi="Không đúng: {why}", en="It does not hold: {why}").format(why=refused), step=step) from refused
    terminal.give({**told, "ok": True})
    return Exit.DONE


def _developer_keys(file: Path | None, kid: str) -> tokens.PublicKeys | None:
    """The keys to check a signature with: those of a file, or your own; None where neither has it."""
    if file is not None:
        found = json.loads(file.read_text(encoding="utf-8"))
        return tokens.public_keys(found if "keys" in found else {"keys": [found]})
    own = [keeping.key(str(path)) for path in keeping.key_files()]
    if kid in {key.thumbprint() for key in own}:
        return tokens.public_keys(tokens.public_jwks(own))
    return None


def _registered(hub: HubClient, kid: str) -> str:
    """How the hub knows a key of yours: registered, revoked or unknown."""
    for organisation in hub.call("GET", "/v1/dev/organisations")["items"]:
        for key in hub.call("GET", f"/v1/dev/organisations/{organisation['id']}/keys")["items"]:
            if key["kid"] == kid:
                return "revoked" if key["revoked_at"] else "registered"
    return "unknown"


def _logged(hub: HubClient, held: package.Package, terminal: Terminal) -> dict[str, Any]:
    keys = tokens.public_keys(hub.open("GET", "/.well-known/hanoismart/miniapp-keys.json"))
    checkpoint = transparency.Checkpoint.verified(hub.open("GET", "/v1/registry/log/checkpoint")["signature"], keys)
    path = f"/v1/registry/log/proof/inclusion/{held.manifest.app_id}/{held.manifest.version.code}"
    proof = hub.open("GET", path, params={"size": checkpoint.size})
    if json.loads(proof["entry"]).get("digest") != held.digest:
        raise transparency.LogRefused("the log names other bytes for this version")
    leaf = transparency.leaf_hash(proof["entry"].encode())
    hashes = [bytes.fromhex(one) for one in proof["hashes"]]
    transparency.verify_inclusion(leaf, proof["position"], checkpoint.size, hashes, checkpoint.root)
    terminal.say("✓ có trong nhật ký minh bạch, vị trí {at}", "✓ it stands in the transparency log at {at}", at=proof["position"])
    said = package.verify_countersignature(proof["countersignature"] or "", keys, held.files_json)
    terminal.say("✓ thành phố đã ký nhận: {decision}", "✓ countersigned by the city: {decision}", decision=said.decision)
    return {"position": proof["position"], "log_size": checkpoint.size, "decision": said.decision, "accepted_at": said.at.isoformat()}
