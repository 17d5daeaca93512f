"""How far reports of one person proved right, and who may not report for a while."""
