"""How a person is reached: the telephone number, proved by a one-time code."""
