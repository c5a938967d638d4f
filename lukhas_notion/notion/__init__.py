"""HTTP to Notion: pacing, retries, reading, writing. No other package sends requests to it."""
