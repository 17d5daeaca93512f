"""Single yeses to single notifications: what a person allowed an app to tell them once."""
