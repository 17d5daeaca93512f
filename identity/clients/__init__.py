"""OAuth clients: the mobile app, partners, and every mini-app; and the pairwise subjects they know people by."""
