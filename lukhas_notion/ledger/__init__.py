"""The append-only ledger of attempts."""
