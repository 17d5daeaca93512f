"""How a person proves who they are: the chip of an identity card or passport, VNeID, or a counter."""
