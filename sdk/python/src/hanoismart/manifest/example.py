"""A whole manifest that holds, to start a new app from and to hold every tool against; nobody may change it."""

_API = "https://api.parking.example"
HS: dict[str, object] = {
    "ui": "web",
    "category": "transport",
    "audience": ["resident", "tourist"],
    "min_assurance": "basic",
    "i18n": {
        "en": {
            "name": "Hanoi Parking",
            "description": "Find a car park and buy a ticket",
            "reason": {"location.coarse": "Find car parks near you"},
        }
    },
    "scopes": [{"scope": "profile.name", "optional": True, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}}],
    "csp": {"connect": [_API], "img": [], "font": []},
    "backend": {
        "base_url": _API,
        "openapi": "openapi.json",
        "health": "/healthz",
        "timeout_ms": 3000,
        "public": ["GET /parks", "GET /parks/{id}", "GET /tiles/**", "POST /quote"],
    },
    "webhooks": {"url": f"{_API}/hs/webhook", "events": ["consent.revoked", "payment.succeeded", "account.erased"]},
    "notifications": [
        {
            "template": "parking.expiring",
            "params": ["spot", "minutes"],
            "vi": "Vé {spot} còn {minutes} phút",
            "en": "Ticket {spot} has {minutes} minutes left",
        }
    ],
    "payments": {"enabled": True, "agency_code": "000.00.19.H26"},
    "support": {"email": "hotro@parking.example"},
    "privacy_url": "https://parking.example/privacy",
}
EXAMPLE: dict[str, object] = {
    "app_id": "vn.hanoi.parking",
    "name": "Đỗ xe Hà Nội",
    "description": "Tìm bãi đỗ và mua vé",
    "lang": "vi",
    "version": {"code": 12, "name": "1.4.0"},
    "platform_version": {"min_code": 1, "target_code": 1},
    "pages": ["pages/find", "pages/ticket"],
    "icons": [{"src": "common/logo.png", "sizes": "192x192"}],
    "req_permissions": [{"name": "location.coarse", "reason": "Tìm bãi đỗ gần bạn"}],
    "hs": HS,
}
