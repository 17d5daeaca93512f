"""Where one can park, and how full it is."""
