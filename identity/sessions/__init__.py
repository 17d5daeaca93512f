"""Sign-in sessions: what a browser cookie stands for, and what every token and refresh family hangs on."""
