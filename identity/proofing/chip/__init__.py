"""Verification of ICAO 9303 chips, pure: bytes in, evidence or a coded refusal out, nothing stored."""
