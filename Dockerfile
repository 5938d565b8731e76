# Orthanc with the plugin, on the image of the Orthanc team.
ARG ORTHANC_IMAGE=orthancteam/orthanc:latest
FROM ${ORTHANC_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends make python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /ophtha
COPY . .
RUN make .venv/runtime.stamp pages
COPY plugin/standalone/docker.json /etc/orthanc/ophtha.json
