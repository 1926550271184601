// HTTP as downloaders do it, not browsers: any port, log-ins, proxies, the system's certificates, few redirects.
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { FetchOptions, ProxyServer } from "../host.ts";
import { exchange, findAddress, type Wires } from "./exchange.ts";
import { describeBreak } from "./failures.ts";
import type { Login } from "./netrc.ts";
import { showAddress } from "./tunnel.ts";
import { unpackBody } from "./unpack.ts";

/** As Go. */
const MOST_REDIRECTS = 10;
/** What no other host may learn. */
const PRIVATE = ["authorization", "cookie", "proxy-authorization"];
const SECRET = /token|secret|auth|cookie|key|password|credential/;

/** What a request needs to know of the machine it is sent from. */
export interface Machine extends Wires {
  proxyFor(url: URL): ProxyServer | undefined;
  loginFor(host: string, named: boolean): Promise<Login | undefined>;
}

interface Step {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** Sends a request and follows where it is sent on to. The body of the answer is read as it is asked for. */
export async function fetchOver(machine: Machine, address: string | URL, options: FetchOptions): Promise<Response> {
  const { signal } = options;
  signal?.throwIfAborted();
  let step: Step = {
    url: readUrl(address),
    method: options.method ?? "GET",
    headers: toLowerNames(options.headers),
    body: options.body,
  };
  const isUnpacked = step.headers["accept-encoding"] === undefined;
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(step, options, machine, redirects > 0);
    const next = options.redirect === "manual" ? undefined : chooseNextStep(step, answer);
    if (next === undefined) {
      return makeResponse(answer, step, isUnpacked, signal);
    }
    answer.destroy();
    if (redirects === MOST_REDIRECTS) {
      throw failure("network", "http/redirect", `${step.url.origin} sent the request on and on`, {
        detail: `It was followed ${MOST_REDIRECTS} times without coming to an answer.`,
      });
    }
    step = next;
  }
}

function readUrl(address: string | URL): URL {
  const url = URL.canParse(String(address)) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "") {
    return url;
  }
  const scheme = url === undefined || url.protocol.startsWith("http") ? "" : ` "${url.protocol}"`;
  throw failure("template", "http/address", `What begins with${scheme || " that"} is no address for HTTP`, {
    hint: "Addresses begin with http:// or https://, followed by a host.",
  });
}

function toLowerNames(headers: FetchOptions["headers"] = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function ask(step: Step, options: FetchOptions, machine: Machine, isSentOn: boolean): Promise<IncomingMessage> {
  const { url } = step;
  const headers: Record<string, string> = {
    accept: "*/*",
    "accept-encoding": "gzip",
    "user-agent": "packer-ts",
    ...step.headers,
  };
  const login = headers["authorization"] === undefined ? await findLogin(url, options, machine, isSentOn) : undefined;
  if (login !== undefined) {
    headers["authorization"] = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  }
  const proxy = options.direct === true ? undefined : machine.proxyFor(url);
  return exchange({ ...step, headers, proxy, signal: options.signal }, machine);
}

async function findLogin(
  url: URL,
  { netrc }: FetchOptions,
  machine: Machine,
  isSentOn: boolean,
): Promise<Login | undefined> {
  if (url.username !== "" || url.password !== "") {
    return { username: decode(url.username), password: decode(url.password) };
  }
  // The log-in for all hosts is for those that the user named, not for those that a server names.
  return netrc === undefined ? undefined : machine.loginFor(findAddress(url).host, isSentOn || netrc === "named");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where an answer sends the request, if it does. */
function chooseNextStep(step: Step, answer: IncomingMessage): Step | undefined {
  const { location } = answer.headers;
  const status = answer.statusCode ?? 0;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) {
    return undefined;
  }
  const url = URL.canParse(location, step.url.href) ? new URL(location, step.url.href) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw failure("network", "http/redirect", `${step.url.origin} sent the request on to what is no address for HTTP`);
  }
  const isRepeated = status >= 307 || ["GET", "HEAD"].includes(step.method);
  const headers = dropHeaders(
    step.headers,
    (name) => isKeptFrom(name, step.url, url) || (!isRepeated && name.startsWith("content-")),
  );
  return isRepeated ? { ...step, url, headers } : { url, method: "GET", headers, body: undefined };
}

/** As curl and Go: log-ins stay with their host. What else looks like a secret is at least not sent on in clear. */
function isKeptFrom(name: string, from: URL, to: URL): boolean {
  if (name === "host") {
    return from.host !== to.host;
  }
  if (PRIVATE.includes(name)) {
    return from.origin !== to.origin && !isUpgrade(from, to);
  }
  return from.protocol === "https:" && to.protocol === "http:" && SECRET.test(name);
}

/** The same host at the usual ports, with TLS from now on. */
function isUpgrade(from: URL, to: URL): boolean {
  return from.hostname === to.hostname && from.port === "" && to.port === "" && to.protocol === "https:";
}

function dropHeaders(
  headers: Readonly<Record<string, string>>,
  isLeftOut: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isLeftOut(name)));
}

function makeResponse(
  answer: IncomingMessage,
  { url, method }: Step,
  isUnpacked: boolean,
  signal: AbortSignal | undefined,
): Response {
  const status = answer.statusCode ?? 0;
  const explain = (thrown: unknown): unknown =>
    signal?.aborted ? signal.reason : describeBreak(showAddress(findAddress(url)), thrown, true);
  const headers = new Headers();
  const { content, changed } = unpackBody(answer, isUnpacked && method !== "HEAD");
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    if (changed && (name === "content-encoding" || name === "content-length")) {
      continue;
    }
    for (const value of values ?? []) {
      headers.append(name, value);
    }
  }
  const isEmpty = method === "HEAD" || [204, 205, 304].includes(status);
  if (isEmpty) {
    answer.resume();
  }
  try {
    return new Response(isEmpty ? null : makeStream(content, answer, explain), { status, headers });
  } catch (thrown) {
    answer.destroy();
    const summary = `${showAddress(findAddress(url))} answered with status ${status}, which means nothing in HTTP`;
    throw failure("network", "http/not-http", summary, { detail: readMessage(thrown), cause: thrown });
  }
}

function makeStream(
  content: Readable,
  answer: IncomingMessage,
  explain: (thrown: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done === true) {
            controller.close();
          } else {
            controller.enqueue(value);
          }
        } catch (thrown) {
          throw explain(thrown);
        }
      },
      cancel() {
        content.destroy();
        answer.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
