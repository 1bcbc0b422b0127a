# syntax=docker/dockerfile:1
# The emulator, listening on port 3722. Its state is in /data/.epcc-emulator; mount a volume at /data to keep it.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check --prefix=/installed .

FROM python:3.12-slim
COPY --from=build /installed /usr/local
RUN useradd --create-home --uid 1000 emulator && install -d -o emulator /data
USER emulator
WORKDIR /data
ENV PYTHONUNBUFFERED=1 \
    EPCC_EMULATOR_HOST=0.0.0.0
EXPOSE 3722
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:3722/_emulator/health', timeout=2)"]
ENTRYPOINT ["epcc-emulator"]
CMD ["serve"]
