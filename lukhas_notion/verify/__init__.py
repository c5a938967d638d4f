"""Repository × Notion × ledger → findings, and their repair."""
