"""What a sync costs: requests, seconds and memory, compared with other tools."""
