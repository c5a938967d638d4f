"""Finding, reading, locating and editing manifests."""
