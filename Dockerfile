# An image of this checkout, for any GPU or none: docker build --tag cyclegan-webgpu .
#
#   docker run --rm --gpus all --user "$(id -u):$(id -g)" --volume "$PWD:/data" cyclegan-webgpu doctor
#
# AMD and Intel: --device /dev/dri --group-add "$(stat --format=%g /dev/dri/renderD128)" in place of --gpus all.
# Any user may run it, with a read-only file system (--read-only), without a home folder and without capabilities.

ARG BASE=node:22-trixie-slim

FROM ${BASE} AS build
WORKDIR /build
COPY . .
# What npm would install, with the versions of the lock file, and everything that is optional.
RUN npm ci \
  && npm pack --ignore-scripts \
  && mkdir /opt/cyclegan \
  && tar --extract --file cyclegan-webgpu-*.tgz --strip-components 1 --directory /opt/cyclegan \
  && cp package-lock.json /opt/cyclegan \
  && cd /opt/cyclegan \
  && npm pkg delete devDependencies peerDependenciesMeta \
  && npm install --ignore-scripts

FROM ${BASE}
# Mesa has the drivers for AMD, Intel and the CPU. NVIDIA's is on the host and needs libX11, libXext and EGL.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libvulkan1 mesa-vulkan-drivers libegl1 libxext6 \
  && rm -rf /var/lib/apt/lists/*
# By default, NVIDIA's container toolkit leaves out the part of the driver that has Vulkan.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,graphics,utility
# For users without a home folder: what drivers and the program keep is in /tmp.
ENV XDG_CACHE_HOME=/tmp
COPY --from=build /opt/cyclegan /opt/cyclegan
RUN ln -s /opt/cyclegan/bin/cyclegan.js /usr/local/bin/cyclegan
USER 1000:1000
WORKDIR /data
ENTRYPOINT ["cyclegan"]
