"""What parking costs: tariffs as rows with versions, and the price as a pure function of them."""
