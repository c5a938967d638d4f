"""The GitHub Action: one event with its inputs → one run → comment, outputs, annotations."""
