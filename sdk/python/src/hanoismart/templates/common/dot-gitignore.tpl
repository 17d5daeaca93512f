dist/
__pycache__/
.venv/
*.jwk
