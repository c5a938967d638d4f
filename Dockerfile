# The Docker action's image. The runner builds it where no release has put a built one in its place.
ARG BASE=python:3.13-slim
FROM ${BASE}

# The dependencies change seldom, so they are a layer of their own.
COPY requirements/run.txt /action/requirements.txt
RUN ["python", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", \
     "--root-user-action=ignore", "--only-binary=:all:", "--require-hashes", \
     "--requirement", "/action/requirements.txt"]

COPY entrypoint.py /action/
COPY lukhas_notion /action/lukhas_notion
COPY examples/workflows /action/lukhas_notion/workflows
RUN ["python", "-m", "compileall", "-q", "/action"]

# No shell in between: dash drops variables like INPUT_NOTION-TOKEN. No USER and no WORKDIR: the
# runner gives both. -I and -B: see entrypoint.py.
ENTRYPOINT ["/usr/local/bin/python", "-I", "-B", "-X", "utf8", "/action/entrypoint.py"]
