"""The floor of the house: what every package needs and none owns; not one word of the city."""
