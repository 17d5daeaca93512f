"""The parties who move money, each behind the same adapter."""
