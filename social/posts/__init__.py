"""What people write and answer, with what it said before an edit."""
