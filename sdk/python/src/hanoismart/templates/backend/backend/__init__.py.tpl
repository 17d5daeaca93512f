"""The backend of __APP_ID__."""
