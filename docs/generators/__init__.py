"""What the generated parts of the documentation are made of: one module a kind of page."""
