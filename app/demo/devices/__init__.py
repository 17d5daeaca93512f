"""What people hold in the story and in tests: a passkey, a phone with our app, a chip reader. Public HTTP is all they use."""
