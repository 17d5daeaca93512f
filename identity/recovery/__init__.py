"""Getting an account back: proofs, then a wait in which every old channel can still say no."""
