"""Small tools that know nothing of manifests, Notion or GitHub."""
