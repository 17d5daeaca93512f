"""Where a person's devices can be reached, sealed, and gone when they are dead."""
