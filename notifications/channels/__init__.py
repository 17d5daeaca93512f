"""The ways out of the house, behind one port, with the fate of every delivery."""
