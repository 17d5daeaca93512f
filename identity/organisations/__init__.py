"""The organisations that issue, read and answer: agencies, enterprises and the city itself."""
