
# The OpenMP runtime, which LightGBM's library loads.
RUN apt-get update \
    && apt-get install -y --no-install-recommends $packages \
    && rm -rf /var/lib/apt/lists/*
