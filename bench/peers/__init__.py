"""What others built, set up the way our users would, to be measured beside ours."""
