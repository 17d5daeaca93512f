"""What moderators can do with a post."""
