"""What an agency vouches for about a person, for a time: residence, study, age, disability, poverty."""
