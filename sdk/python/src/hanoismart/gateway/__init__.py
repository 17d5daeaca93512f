"""The way from a mini-app's page to its backend: one pure pipeline, used by the hub and by the developer's emulator."""

from hanoismart.gateway.breaker import CLOSED, Breaker, BreakerPolicy, Position, unpack
from hanoismart.gateway.paths import PathRefused, Route, Routes, normalise
from hanoismart.gateway.pipeline import Admitted, admit, decide, prepare
from hanoismart.gateway.policy import AppState, AppStatus, Caller, app_state
from hanoismart.gateway.ports import Audit, Backend, Breakers, CallFailed, Passage, Ports, Quotas, Signer
from hanoismart.gateway.quota import QuotaPolicy, Verdict, Window, tightest
from hanoismart.gateway.request import Answer, Forward, GatewayRequest, Headers, Refusal
from hanoismart.gateway.response import ResponsePolicy, declared_too_large, judge
from hanoismart.gateway.runner import run

__all__ = [
    "CLOSED",
    "Admitted",
    "Answer",
    "AppState",
    "AppStatus",
    "Audit",
    "Backend",
    "Breaker",
    "BreakerPolicy",
    "Breakers",
    "CallFailed",
    "Caller",
    "Forward",
    "GatewayRequest",
    "Headers",
    "Passage",
    "PathRefused",
    "Ports",
    "Position",
    "QuotaPolicy",
    "Quotas",
    "Refusal",
    "ResponsePolicy",
    "Route",
    "Routes",
    "Signer",
    "Verdict",
    "Window",
    "admit",
    "app_state",
    "decide",
    "declared_too_large",
    "judge",
    "normalise",
    "prepare",
    "run",
    "tightest",
    "unpack",
]
