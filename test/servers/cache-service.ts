// The cache service of GitHub Actions as far as the toolkit's client speaks to it, with the faults a test wants.
import { createServer, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { serve } from "./listen.ts";

/** `refuse`: no access; `nonsense`: entries hold something else than was saved. */
export type CacheFault = "none" | "refuse" | "nonsense";

export interface CacheService {
  /** The variables by which a runner tells a step of the service. */
  readonly env: Readonly<Record<string, string>>;
  /** Of all entries, the oldest first. */
  keys(): readonly string[];
  fault(fault: CacheFault): void;
}

interface Entry {
  readonly key: string;
  readonly version: string;
  body: Buffer;
  isWhole: boolean;
}

export async function cacheService(test: TestContext): Promise<CacheService> {
  const entries: Entry[] = [];
  let fault: CacheFault = "none";
  const find = (version: string, prefixes: readonly string[]): Entry | undefined =>
    prefixes.flatMap(
      (prefix) => entries.findLast((one) => one.isWhole && one.version === version && one.key.startsWith(prefix)) ?? [],
    )[0];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://service");
    const body = await bodyOf(request);
    const answer = (status: number, value: object): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (url.pathname.startsWith("/blob/")) {
      const entry = entries[Number(url.pathname.slice("/blob/".length))];
      if (entry === undefined) {
        return answer(404, {});
      }
      if (request.method === "GET") {
        const content = fault === "nonsense" ? Buffer.alloc(entry.body.length, "x") : entry.body;
        return void response.writeHead(200, { "content-length": content.length }).end(content);
      }
      if (request.method === "HEAD") {
        return void response.writeHead(200, { "content-length": entry.body.length }).end();
      }
      if (url.searchParams.get("comp") !== "blocklist") {
        entry.body = Buffer.concat([entry.body, body]);
      }
      return void response
        .writeHead(201, { "x-ms-request-id": "1", etag: '"1"', "last-modified": new Date(0).toUTCString() })
        .end();
    }
    if (fault === "refuse") {
      return answer(403, { code: "permission_denied", msg: "no access to the cache" });
    }
    const asked = JSON.parse(body.toString()) as {
      key: string;
      version: string;
      restore_keys?: readonly string[] | undefined;
    };
    if (url.pathname.endsWith("/CreateCacheEntry")) {
      if (entries.some(({ key, version }) => key === asked.key && version === asked.version)) {
        return answer(200, { ok: false });
      }
      entries.push({ key: asked.key, version: asked.version, body: Buffer.alloc(0), isWhole: false });
      return answer(200, { ok: true, signed_upload_url: `${origin}/blob/${entries.length - 1}?sig=signature` });
    }
    if (url.pathname.endsWith("/FinalizeCacheEntryUpload")) {
      const index = entries.findIndex(({ key, version }) => key === asked.key && version === asked.version);
      Object.assign(entries[index] ?? {}, { isWhole: true });
      return answer(200, { ok: true, entry_id: String(index + 1) });
    }
    if (url.pathname.endsWith("/GetCacheEntryDownloadURL")) {
      const entry = find(asked.version, [asked.key, ...(asked.restore_keys ?? [])]);
      if (entry === undefined) {
        return answer(200, { ok: false });
      }
      return answer(200, {
        ok: true,
        signed_download_url: `${origin}/blob/${entries.indexOf(entry)}?sig=signature`,
        matched_key: entry.key,
      });
    }
    return answer(404, { msg: `nothing is at ${url.pathname}` });
  });
  const origin = await serve(test, server);
  const env = {
    ACTIONS_RUNTIME_TOKEN: "token",
    ACTIONS_RESULTS_URL: `${origin}/`,
    ACTIONS_CACHE_SERVICE_V2: "true",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_RUN_ID: "77",
    RUNNER_OS: "Linux",
  };
  return {
    env,
    keys: () => entries.map(({ key }) => key),
    fault: (next) => {
      fault = next;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
