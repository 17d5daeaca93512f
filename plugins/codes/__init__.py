"""What a token never carries: phone, e-mail, address and the last digits of a number, by a code that works once."""
