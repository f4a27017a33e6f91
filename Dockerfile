# An image in which `make demo` and `make test` work as on a fresh machine:
#   docker build -t carespread . && docker run --rm -it carespread make demo
FROM python:3.12-slim

# make and git for the two commands, chromium for the test of the students' page; every package is a built wheel
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make git chromium \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home carespread

USER carespread
WORKDIR /home/carespread/carespread
COPY --chown=carespread . .
RUN make setup
CMD ["make", "demo"]
