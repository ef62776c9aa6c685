// Sends logs with clients from npm, each as it is configured in docs/shippers.md.
//
// Usage: clients.mjs URL CLIENT KEY

import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import pino from 'pino';
import pinoElasticsearch from 'pino-elasticsearch';
import pinoSeq from 'pino-seq';
import { setTimeout as wait } from 'node:timers/promises';

const COUNT = 5;
const [url, client, key] = process.argv.slice(2);
const lines = Array.from({ length: COUNT }, (_, number) => `${client} line ${number}`);

async function opentelemetry(exporter) {
  const processor = new BatchLogRecordProcessor({ exporter });
  const resource = resourceFromAttributes({ 'service.name': 'shop' });
  const provider = new LoggerProvider({ resource, processors: [processor] });
  const logger = provider.getLogger('shop');
  for (const body of lines) {
    logger.emit({ severityNumber: 17, severityText: 'ERROR', body, attributes: { rows: 3 } });
    await wait(2);
  }
  await provider.forceFlush();
  await provider.shutdown();
}

async function write(stream) {
  const logger = pino(stream);
  for (const line of lines) {
    logger.error({ rows: 3 }, line);
    await wait(2);
  }
}

async function log(stream) {
  await write(stream);
  // Others send in a thread of their own.
  await (stream.flush?.length === 0 ? stream.flush() : wait(3000));
}

async function logToElasticsearch(stream) {
  // It says one of them when all is sent, or given up. A program that does not listen for errors ends at one.
  const ended = new Promise((end, fail) => stream.once('insert', end).once('error', fail));
  await write(stream);
  stream.end();
  await ended;
}

const exporterOptions = { url: `${url}/v1/logs`, headers: { 'x-api-key': key } };

const clients = {
  'opentelemetry-js-json': () => opentelemetry(new JsonExporter(exporterOptions)),
  'opentelemetry-js-protobuf': () =>
    opentelemetry(new ProtoExporter({ ...exporterOptions, compression: 'gzip' })),
  'pino-loki': () =>
    log(
      pino.transport({
        target: 'pino-loki',
        options: {
          host: url,
          basicAuth: { username: 'any', password: key },
          labels: { app: 'shop' },
          batching: { interval: 1 },
        },
      }),
    ),
  'pino-seq': () => log(pinoSeq.createStream({ serverUrl: url, apiKey: key })),
  'pino-elasticsearch': () =>
    logToElasticsearch(
      pinoElasticsearch({
        node: url,
        auth: { apiKey: key },
        index: 'logs',
        esVersion: 8,
        flushInterval: 300,
      }),
    ),
};

await clients[client]();
process.exit(0);
