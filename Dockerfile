# The bot in a container: `docker build -t chezhi . && docker run -e CHEZHI_BOT_TOKEN=… -v chezhi:/data chezhi`
# With a generator: `docker build --build-arg EXTRAS=openai -t chezhi .` (or EXTRAS=generator).
FROM python:3.11-slim

# Chinese glyphs for the picture of /segments.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-zenhei \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY activities activities
COPY bot bot
COPY campaigns campaigns
COPY playground playground
COPY recsys recsys
COPY retrieval retrieval
COPY sample sample
COPY services services
COPY storage storage
COPY wording wording
ARG EXTRAS=
RUN pip install --no-cache-dir -c constraints.txt ".${EXTRAS:+[$EXTRAS]}"

# Everything that is kept lies in one volume.
ENV CHEZHI_DATA_DIR=/data
RUN useradd --create-home chezhi && mkdir /data && chown chezhi /data
USER chezhi
VOLUME /data

ENTRYPOINT ["chezhi"]
CMD ["run"]
