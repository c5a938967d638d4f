"""The packaged default JSON Schema for module manifests."""
