import { parseOptions, RobustaError } from '@robusta/core';
import type { RedisOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';

/** Which queue, on which Redis. */
export const QueueAddressSchema = z.strictObject({
  url: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'must be like redis://host:6379')
    .describe('of the Redis server; rediss:// for TLS'),
  queue: z
    .string()
    .regex(/^[\w.-]+$/, 'may hold letters, digits, "_", "." and "-"')
    .default('robusta')
    .describe('name of the queue; one server can hold several'),
});

/** Which queue, on which Redis; see {@link QueueAddressSchema}. */
export type QueueAddress = z.input<typeof QueueAddressSchema>;

/** How long a server may take to answer when it is first asked, milliseconds. */
const FIRST_ANSWER = 5000;

/**
 * Settings for BullMQ that outlast a restart of the server: a command that meets a lost connection waits for the next.
 * @throws QUEUE_UNAVAILABLE if the server does not answer now
 */
export async function connectionTo(url: string): Promise<RedisOptions> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: FIRST_ANSWER,
    disconnectTimeout: 0,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The promise only says that the connection is closed; this says why.
  let reason = '';
  client.on('error', (error: Error) => {
    reason ||= error.message;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    reason ||= cause instanceof Error ? cause.message : String(cause);
    throw new RobustaError('QUEUE_UNAVAILABLE', `${withoutPassword(url)} does not answer: ${reason}`, {
      hint: 'start a Redis server there (Debian: apt-get install redis-server), or mend the address',
      cause,
    });
  } finally {
    client.disconnect();
  }
  return { url, maxRetriesPerRequest: null };
}

/** @throws BAD_OPTION */
export function parseAddress(address: QueueAddress, what: string): z.output<typeof QueueAddressSchema> {
  return parseOptions(QueueAddressSchema, address, what);
}

/** An address as it may be shown. */
function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}
