# A stand-in for python:3.13-slim, for a machine that reaches no registry of images.
FROM scratch
ADD debian.tar /
# The machine's own certificates: a proxy's may be among them.
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY action.txt /wheels/action.txt
RUN ["/bin/sh", "-c", "ln -s /usr/bin/python3 /usr/local/bin/python && ln -s /usr/bin/python3 /usr/local/bin/python3 && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED"]
ENV LANG=C.UTF-8 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
RUN ["python", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", "/wheels", "--requirement", "/wheels/action.txt"]
ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
CMD ["python3"]
