"""How long each kind of row is kept and why, as data; a job removes what is over, in small bits."""
