"""The only package that speaks HTTP to Notion: pacing, retries, reading, writing."""
