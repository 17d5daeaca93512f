"""One decision for many cases: previewed first, carried out under one id, undone under the same."""
