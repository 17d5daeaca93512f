"""Passkeys: registered once with an enrolment, presented at every sign-in."""
