"""What the catalogue says about an app, in the reader's language."""

from uuid import UUID

from hanoismart.manifest import Manifest
from hanoismart.scopes import PERMISSIONS, SCOPES
from hanoismart.server.schemas import Out


class AppOut(Out):
    """`interrupted`: the app's backend has not answered lately (đang gián đoạn)."""

    app_id: str
    name: str
    short_name: str
    description: str
    category: str
    audience: list[str]
    icon: str
    version_code: int
    version_name: str
    min_assurance: str
    interrupted: bool


class CatalogueOut(AppOut):
    """`rating`: the mean of stars, null below ten people."""

    rating: float | None
    ratings: int


class AskedOut(Out):
    """A scope or permission: what it opens, and the app's purpose word for word."""

    name: str
    reveals: str
    purpose: str
    optional: bool
    sensitivity: str


class AppDetailOut(AppOut):
    """`subject_id` is what a report to the moderators names, with the kind `mini_app`."""

    subject_id: UUID
    pages: list[str]
    ui: str
    scopes: list[AskedOut]
    permissions: list[AskedOut]
    support_email: str
    privacy_url: str | None


def app_out(manifest: Manifest, locale: str, *, interrupted: bool = False) -> AppOut:
    return AppOut(**_app(manifest, locale, interrupted=interrupted))


def detail_out(manifest: Manifest, locale: str, subject_id: UUID, *, interrupted: bool = False) -> AppDetailOut:
    told = manifest.localised(locale)
    scopes = [
        AskedOut(
            name=one.scope,
            reveals=SCOPES[one.scope].reveals.in_(locale),
            purpose=told.purposes[one.scope],
            optional=one.optional,
            sensitivity=SCOPES[one.scope].sensitivity,
        )
        for one in manifest.hs.scopes
    ]
    permissions = [
        AskedOut(
            name=one.name,
            reveals=PERMISSIONS[one.name].reveals.in_(locale),
            purpose=told.reasons[one.name],
            optional=True,
            sensitivity=PERMISSIONS[one.name].sensitivity,
        )
        for one in manifest.req_permissions
    ]
    return AppDetailOut(
        **_app(manifest, locale, interrupted=interrupted),
        subject_id=subject_id,
        pages=manifest.pages,
        ui=manifest.hs.ui,
        scopes=scopes,
        permissions=permissions,
        support_email=manifest.hs.support.email,
        privacy_url=manifest.hs.privacy_url,
    )


def _app(manifest: Manifest, locale: str, *, interrupted: bool) -> dict[str, object]:
    told = manifest.localised(locale)
    return {
        "app_id": manifest.app_id,
        "name": told.name,
        "short_name": told.short_name,
        "description": told.description,
        "category": manifest.hs.category,
        "audience": list(manifest.hs.audience),
        "icon": manifest.icons[0].src,
        "version_code": manifest.version.code,
        "version_name": manifest.version.name,
        "min_assurance": manifest.hs.min_assurance,
        "interrupted": interrupted,
    }
