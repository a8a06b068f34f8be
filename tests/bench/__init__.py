"""How fast the guidance answers: `make bench`."""
