"""The house as it runs: real processes, real sockets, and the faults that come with them."""
