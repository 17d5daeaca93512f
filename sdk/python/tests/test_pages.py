"""How pages are served: their origin, their policy, their kinds of file, and the JavaScript that travels along."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart import assets, manifest, origins, pages
from hanoismart.manifest.example import EXAMPLE, HS

HOST, GATEWAY = "https://hub.example", "https://hub.example"
REASONS = {"camera": "Take a picture", "location.coarse": "Find parks"}
PARKING = manifest.parse(EXAMPLE)
CAMERA = manifest.parse(
    EXAMPLE
    | {
        "req_permissions": [{"name": "camera", "reason": "Chụp ảnh xe"}, {"name": "location.coarse", "reason": "Tìm bãi đỗ gần bạn"}],
        "hs": HS | {"i18n": {"en": {"name": "Parking", "description": "Find a park", "reason": REASONS}}},
    }
)


@given(st.text(min_size=1, max_size=128), st.text(min_size=1, max_size=128))
def test_every_app_has_one_origin_and_no_two_share_one(one: str, other: str) -> None:
    assert re.fullmatch(r"m[a-z2-7]{24}", origins.label(one))
    assert (origins.label(one) == origins.label(other)) is (one == other)


def test_an_origin_is_known_beforehand() -> None:
    assert origins.label("vn.hanoi.parking") == "mehl6jdx7xrfkzzsxvbicb6cn"
    assert origins.origin("vn.hanoi.parking", "apps.localhost:8000", scheme="http").startswith("http://mehl6jdx7xrfkzzsxvbicb6cn.apps.")


def directives(*, base: str | None = None) -> dict[str, str]:
    opaque = base is not None
    told = pages.headers(PARKING, host_origin=HOST, gateway_origin=GATEWAY, granted=frozenset(), opaque=opaque, base=base)
    return {name: sources for name, _, sources in (one.partition(" ") for one in told["Content-Security-Policy"].split("; "))}


def test_a_page_reaches_its_own_files_its_gateway_and_what_the_manifest_names() -> None:
    found = directives()
    assert found["default-src"] == "'none'"
    assert found["script-src"] == "'self'"
    assert found["connect-src"].split() == ["'self'", f"{GATEWAY}/v1/gw/vn.hanoi.parking/", "https://api.parking.example"]
    assert found["frame-ancestors"] == HOST
    assert "sandbox" not in found
    assert not {"frame-src", "object-src", "child-src"} & found.keys()  # default-src says none


def test_without_an_origin_of_its_own_a_page_is_held_to_its_files_by_their_address() -> None:
    base = f"{HOST}/v1/miniapps/vn.hanoi.parking/pages/12/"
    found = directives(base=base)
    assert found["sandbox"] == "allow-scripts allow-forms"
    assert found["script-src"] == base
    assert "'self'" not in " ".join(found.values())


def test_a_device_opens_only_where_manifest_and_grant_agree() -> None:
    def of(app: manifest.Manifest, *granted: str, opaque: bool = False) -> list[str]:
        told = pages.headers(app, host_origin=HOST, gateway_origin=GATEWAY, granted=frozenset(granted), opaque=opaque)
        return told["Permissions-Policy"].split(", ")

    assert "camera=(self)" in of(CAMERA, "camera")
    assert "camera=()" in of(CAMERA)
    assert "camera=()" in of(PARKING, "camera")
    assert "camera=()" in of(CAMERA, "camera", opaque=True)
    assert {"geolocation=()", "microphone=()", "usb=()", "payment=()"} <= set(of(CAMERA, "camera", "location.coarse"))


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("", "index.html"),
        ("pages/find", "pages/find.html"),
        ("/pages/ticket", "pages/ticket/index.html"),
        ("a.js", "a.js"),
        ("x.exe", None),
    ],
)
def test_a_page_is_a_file(page: str, found: str | None) -> None:
    paths = {"index.html", "pages/find.html", "pages/ticket/index.html", "a.js", "x.exe"}
    assert pages.resolve(paths, page) == found


def test_only_known_kinds_of_file_are_served_and_only_documents_are_asked_for_again() -> None:
    assert pages.media_type("a/B.PNG") == "image/png"
    assert pages.media_type("run.sh") is None
    assert pages.media_type("html") is None
    assert pages.caching("index.html") == "no-cache"
    assert "immutable" in pages.caching("app.js")


def test_the_javascript_is_found_by_name_alone() -> None:
    assert b"hs/initialize" in assets.javascript("bridge.js")
    assert {"bridge.js", "host.js", "wire.js", "bridge.d.ts"} <= set(assets.names())
    for name in ("../package.json", "/etc/hostname", "", "no.js"):
        with pytest.raises(KeyError):
            assets.javascript(name)
