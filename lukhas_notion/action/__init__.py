"""The GitHub Action: an event and its inputs → one run → comment, outputs, annotations."""
