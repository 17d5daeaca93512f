"""How moderation does: figures for staff, and the public report in which small groups stay hidden."""
