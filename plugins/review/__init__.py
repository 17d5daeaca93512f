"""Looking at what is submitted: machines first, then people, with reasons that can be answered."""
