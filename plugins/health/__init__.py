"""Whether the backends of apps are up, asked every half minute and told in the catalogue."""
