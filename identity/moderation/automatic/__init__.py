"""Rules that machines apply: data with a shadow mode and a replay, so that nobody is judged by an untried one."""
