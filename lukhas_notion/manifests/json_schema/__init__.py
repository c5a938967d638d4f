"""JSON Schema, evaluated within a budget and explained in words: of manifests, of settings."""
