"""What a sync costs: requests, seconds and memory, beside the peers."""
