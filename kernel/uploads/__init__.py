"""Resumable uploads (tus 1.0.0): what a person sends in pieces is kept, checked, scanned, and handed over once."""

from kernel.uploads.problems import UploadNotFound, UploadRefused, UploadTaken, UploadUnfinished
from kernel.uploads.purposes import Purpose, register
from kernel.uploads.service import Finished, find_finished, forget, take

__all__ = [
    "Finished",
    "Purpose",
    "UploadNotFound",
    "UploadRefused",
    "UploadTaken",
    "UploadUnfinished",
    "find_finished",
    "forget",
    "register",
    "take",
]
