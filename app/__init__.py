"""The top of the house: processes, routers, wiring, and the ports that lower floors ask for."""
