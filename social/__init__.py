"""Where residents meet: profiles, groups, posts and replies, under one policy of who sees what."""
