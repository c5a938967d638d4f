# The Docker action's image. The runner builds it, unless a release names a built one in action.yml.
# A release names its base by digest (scripts/release.py); Dependabot updates it here.
FROM python:3.13-slim AS build

# The dependencies rarely change, so they come before the code.
COPY requirements/action.txt /build/
RUN ["python", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", \
     "--root-user-action=ignore", "--no-compile", "--no-deps", "--only-binary=:all:", \
     "--require-hashes", "--target", "/action", "--requirement", "/build/action.txt"]

COPY entrypoint.py /action/
COPY lukhas_notion /action/lukhas_notion
COPY examples/workflows /action/lukhas_notion/workflows
COPY composite/imports.py /action/composite/
COPY scripts/image.py /build/
RUN ["python", "/build/image.py", "/action"]

FROM python:3.13-slim
COPY --from=build /action /action

# No shell in between: dash drops variables like INPUT_NOTION-TOKEN. No USER and no WORKDIR: the
# runner gives both. -I and -B: see entrypoint.py.
ENTRYPOINT ["/usr/local/bin/python", "-I", "-B", "-X", "utf8", "/action/entrypoint.py"]
