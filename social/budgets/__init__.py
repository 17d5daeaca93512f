"""How much of something a person may do in a while, as dated rows."""
