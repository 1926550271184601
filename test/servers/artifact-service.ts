// A service for workflow artifacts: what the toolkit's client speaks to, with the answers a test wants.
import { createServer, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { serve } from "./listen.ts";

export interface ArtifactService {
  /** The variables by which a runner tells a step of the service. */
  readonly env: Readonly<Record<string, string>>;
  /** The archives that arrived whole, by name. */
  readonly archives: ReadonlyMap<string, Buffer>;
  /** What was asked of the service, by the name of the artifact. */
  readonly requests: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** Names in `taken` are refused as those of another job; the service never answers about the one in `silent`. */
export async function artifactService(
  test: TestContext,
  { taken = [], silent }: { readonly taken?: readonly string[] | undefined; readonly silent?: string | undefined } = {},
): Promise<ArtifactService> {
  const archives = new Map<string, Buffer>();
  const requests = new Map<string, Record<string, unknown>>();
  const blobs = new Map<string, Map<string, Buffer>>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://service");
    const body = await bodyOf(request);
    const answer = (status: number, value: object): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (url.pathname.startsWith("/blob/")) {
      const name = decodeURIComponent(url.pathname.slice("/blob/".length));
      const blocks = blobs.get(name) ?? new Map<string, Buffer>();
      blobs.set(name, blocks);
      const block = url.searchParams.get("blockid");
      if (block !== null) {
        blocks.set(block, body);
      } else if (url.searchParams.get("comp") === "blocklist") {
        blocks.set("", Buffer.concat(listed(body.toString(), blocks)));
      } else {
        blocks.set("", body);
      }
      response
        .writeHead(201, { "x-ms-request-id": "1", etag: '"1"', "last-modified": new Date(0).toUTCString() })
        .end();
      return;
    }
    const { name = "", ...rest } = JSON.parse(body.toString()) as { name?: string | undefined };
    if (url.pathname.endsWith("/CreateArtifact")) {
      requests.set(name, rest);
      if (name === silent) {
        return;
      }
      if (taken.includes(name)) {
        answer(409, { code: "already_exists", msg: "an artifact with this name already exists on the workflow run" });
      } else {
        answer(200, { ok: true, signed_upload_url: `${origin}/blob/${encodeURIComponent(name)}?sig=signature` });
      }
    } else if (url.pathname.endsWith("/FinalizeArtifact")) {
      archives.set(name, blobs.get(name)?.get("") ?? Buffer.alloc(0));
      answer(200, { ok: true, artifact_id: String(archives.size) });
    } else {
      answer(404, { msg: `nothing is at ${url.pathname}` });
    }
  });
  const origin = await serve(test, server);
  const env = {
    ACTIONS_RUNTIME_TOKEN: token({ scp: "Actions.Example Actions.Results:run-id:job-id" }),
    ACTIONS_RESULTS_URL: `${origin}/`,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/images",
    GITHUB_RUN_ID: "77",
  };
  return { env, archives, requests };
}

function token(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

function listed(xml: string, blocks: ReadonlyMap<string, Buffer>): Buffer[] {
  return [...xml.matchAll(/<Latest>([^<]*)<\/Latest>/g)].map(([, id = ""]) => blocks.get(id) ?? Buffer.alloc(0));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
