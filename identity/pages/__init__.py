"""The screens of sign-in: server-rendered, both languages, strict Content-Security-Policy, JavaScript only for passkeys."""
