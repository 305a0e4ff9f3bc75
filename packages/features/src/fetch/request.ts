import { RobustaError } from '@robusta/core';

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses that another attempt may change. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A failure that another attempt may not have. */
export class PassingFailure extends Error {}

/** What a request is made with. */
export interface RequestOptions {
  headers: Readonly<Record<string, string>>;
  /** Fails where the server sends nothing for so long. */
  timeoutSeconds: number;
  signal: AbortSignal;
}

/** A server's answer whose body is read by `use`; the connection is closed when it returns. */
export async function request<T>(
  url: URL,
  { headers, timeoutSeconds, signal }: RequestOptions,
  use: (response: Response, chunks: () => AsyncGenerator<Uint8Array>) => Promise<T>,
): Promise<T> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), timeoutSeconds * 1000);
  const either = AbortSignal.any([signal, silence.signal]);
  let response: Response | undefined;
  try {
    response = await follow(url, { headers, signal: either, redirect: 'manual' }, () => timer.refresh());
    const { body } = response;
    return await use(response, async function* () {
      try {
        for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
          timer.refresh();
          yield chunk;
        }
      } catch (error) {
        throw brokenConnection(error);
      }
    });
  } catch (error) {
    if (silence.signal.aborted && !signal.aborted)
      throw new PassingFailure(`no byte came for ${timeoutSeconds} seconds`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    if (response?.body && !response.body.locked) await response.body.cancel().catch(() => undefined);
  }
}

/** Node's fetch says "fetch failed" or "terminated"; the reason is in its cause. */
function brokenConnection(error: unknown): PassingFailure {
  const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
  return new PassingFailure(cause?.message || cause?.code || message, { cause: error });
}

async function follow(url: URL, init: RequestInit, answered: () => void): Promise<Response> {
  let place = url;
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const response = await fetch(place, init).catch((error) => {
      throw brokenConnection(error);
    });
    answered();
    if (!REDIRECTS.has(response.status)) return response;
    const location = response.headers.get('location');
    await response.body?.cancel();
    place = redirected(place, location);
  }
  throw new RobustaError('DOWNLOAD_FAILED', `${url.href} is redirected more than ${MAX_REDIRECTS} times`);
}

/** @throws DOWNLOAD_FAILED unless the new place is one of HTTP that is as safe as the old one */
function redirected(from: URL, location: string | null): URL {
  const to = location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const allowed = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
  if (to && allowed.includes(to.protocol) && to.username === '' && to.password === '') return to;
  throw new RobustaError('DOWNLOAD_FAILED', `${from.href} is redirected to ${location ?? 'nowhere'}`, {
    hint: 'only http and https are followed, and never from https to http',
    details: { url: from.href, location },
  });
}

/** @throws DOWNLOAD_FAILED, or {@link PassingFailure}, unless the status is that of an answer with content */
export function requireContent({ status, statusText }: Response, url: URL): void {
  if (status === 200 || status === 206) return;
  const answer = `${status} ${statusText}`.trim();
  if (PASSING.has(status)) throw new PassingFailure(`the server answers ${answer}`);
  const login = status === 401 || status === 403;
  throw new RobustaError('DOWNLOAD_FAILED', `${url.href}: the server answers ${answer}`, {
    hint: login
      ? 'it wants a login: download it with a browser and name the file where a checkpoint is asked for'
      : 'check the URL',
    details: { url: url.href, status },
  });
}
