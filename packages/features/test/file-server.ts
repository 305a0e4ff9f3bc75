import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server gives a file. */
export interface Served {
  bytes: Uint8Array;
  etag?: string;
  lastModified?: string;
  /** Understands Range and If-Range; default true. */
  ranges?: boolean;
  /** Closes the connection after so many bytes of the body. */
  cutAt?: number;
  /** Says how long the body is; default true. */
  length?: boolean;
  /** Sends nothing more after so many bytes, and keeps the connection. */
  stallAt?: number;
}

/** A server on this machine, with what it was asked for. */
export interface FileServer {
  url(path: string): string;
  /** `GET /path range` of each request. */
  requests: string[];
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export async function fileServer(answer: Answer): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(
      [request.url, request.headers.range, request.headers['if-range']].filter(Boolean).join(' '),
    );
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers as servers of files do. */
export function sendFile(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { bytes, etag, lastModified, ranges = true, cutAt, length = true, stallAt }: Served,
): void {
  const [, begin] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  const ifRange = headers['if-range'];
  const same = ifRange === undefined || ifRange === etag || ifRange === lastModified;
  const from = ranges && begin !== undefined && same ? Number(begin) : 0;
  if (etag) response.setHeader('etag', etag);
  if (lastModified) response.setHeader('last-modified', lastModified);
  if (from > 0 && from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  if (from > 0) response.setHeader('content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
  if (length) response.setHeader('content-length', bytes.length - from);
  response.writeHead(from > 0 ? 206 : 200);
  const stop = cutAt ?? stallAt;
  if (stop === undefined) response.end(bytes.subarray(from));
  else response.write(bytes.subarray(from, stop));
  // What has not been read when a connection breaks is lost to the reader.
  if (cutAt !== undefined) setTimeout(() => response.destroy(), 50);
}
