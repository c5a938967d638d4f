"""The generators of the documentation's generated parts, one module per kind of page."""
