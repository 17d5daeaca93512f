"""What the owner and the office say to each other about a case; staff speak as a role, never by name."""
