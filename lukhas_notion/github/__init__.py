"""GitHub: its API and its runner. No other package uses them."""
