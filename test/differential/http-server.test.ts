// The same requests to packer's HTTP server and to ours.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { startHttpServer } from "../../src/driver/http-server/http-server.ts";
import { nodeHost } from "../../src/host/node.ts";
import { needs } from "../needs.ts";
import { folderWith } from "../packer-ts.ts";
import { withPackerMedia } from "./packer-media.ts";

/** A request: a path as it is sent, and headers. */
interface Case {
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const HEADERS = [
  "accept-ranges",
  "content-length",
  "content-range",
  "content-type",
  "last-modified",
  "location",
  "x-content-type-options",
] as const;

type Reply = Readonly<Record<string, unknown>>;

function ask(port: number, { path, method = "GET", headers = {} }: Case): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
      response.on("end", () => {
        const shown = HEADERS.map((name) => [name, response.headers[name]]).filter(([, value]) => value !== undefined);
        resolve({
          status: response.statusCode,
          ...Object.fromEntries(shown),
          body: Buffer.concat(chunks).toString("latin1"),
        });
      });
    })
      .on("error", reject)
      .end();
  });
}

const paths = [
  ..."/ /sub /sub/ /sub/x /a.txt /withindex /withindex/ /withindex/index.html /index.html /nope /nope/index.html /a.txt/".split(
    " ",
  ),
  ..."/%2e%2e/secret /../secret /..%2fsecret /sub/../a.txt /sub//x //sub/x /sub%2fx /./a.txt /a.txt/x /sub/.. /link /linked /linked/".split(
    " ",
  ),
  ..."/sub?x=1 /withindex/index.html?a=b /user-data /ks.cfg /x.xml /a.json /empty /bin /page.html /s.css /i.png /UPPER.TXT".split(
    " ",
  ),
  ..."/a%26b%3Cc%3E%22.txt /%C3%A9%3Ax%3F%23%25.txt /sp%20ace/ /sp%20ace/d:d/ /many/ /x%2B+y /dangling /noext".split(
    " ",
  ),
];
const ranges =
  "bytes=0-3 bytes=2- bytes=-3 bytes=5-100 bytes=6-6 bytes=100- bytes=3-1 lines=0-1 bytes= bytes=a-b bytes=-".split(
    " ",
  );
const since = "Sat, 03 Feb 2001 04:05:06 GMT";

const cases: readonly Case[] = [
  ...paths.map((path) => ({ path })),
  ...["/", "/a.txt", "/sub", "/nope", "/bin"].map((path) => ({ path, method: "HEAD" })),
  ...ranges.map((range) => ({ path: "/ten", headers: { Range: range } })),
  { path: "/empty", headers: { Range: "bytes=0-" } },
  { path: "/ten", method: "HEAD", headers: { Range: "bytes=0-3" } },
  { path: "/sub/", headers: { "If-Modified-Since": since } },
  { path: "/ten", headers: { "If-Modified-Since": since } },
  { path: "/ten", headers: { "If-Modified-Since": "Sat, 03 Feb 2001 04:05:05 GMT" } },
  { path: "/ten", headers: { "If-Modified-Since": "nonsense" } },
  { path: "/ten", headers: { "If-None-Match": '"x"', "If-Modified-Since": since } },
  { path: "/ten", headers: { "If-Unmodified-Since": "Sat, 03 Feb 2001 04:05:05 GMT" } },
  { path: "/ten", headers: { "If-Unmodified-Since": since } },
  { path: "/ten", headers: { "If-Range": since, Range: "bytes=1-2" } },
  { path: "/ten", headers: { "If-Range": "Sat, 03 Feb 2001 04:05:05 GMT", Range: "bytes=1-2" } },
];

/** Leaves out lengths where packer does not tell them: of long lists, which it sends in pieces, and of nothing. */
function comparable(reply: Reply): Reply {
  const isUntold = reply["content-type"] === "text/html; charset=utf-8" || reply["content-length"] === "0";
  return isUntold ? { ...reply, "content-length": undefined } : { "content-length": undefined, ...reply };
}

describe("differential/http-server", () => {
  it("answers every request as packer does", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const cwd = folderWith(t, {
      secret: "secret",
      "www/a.txt": "hello\n",
      "www/sub/x": "x",
      "www/withindex/index.html": "<h1>index</h1>",
      "www/user-data": "#cloud-config\n",
      "www/ks.cfg": "lang en_US\n",
      "www/x.xml": "<x/>",
      "www/a.json": "{}",
      "www/page.html": "<p>",
      "www/s.css": "a{}",
      "www/i.png": "not one",
      "www/UPPER.TXT": "U",
      "www/empty": "",
      "www/ten": "0123456789",
      "www/noext": "some words\n",
      "www/bin": Buffer.from([1, 2, 3, 0, 255]),
      'www/a&b<c>".txt': "1",
      "www/é:x?#%.txt": "2",
      "www/x++y": "3",
      "www/sp ace/d:d/file": "4",
      "www/'!()*~$,;=@": "5",
    });
    const root = join(cwd, "www");
    symlinkSync("../secret", join(root, "link"));
    symlinkSync("sub", join(root, "linked"));
    symlinkSync("nowhere", join(root, "dangling"));
    mkdirSync(join(root, "many"));
    for (let at = 0; at < 300; at++) {
      writeFileSync(join(root, "many", `file number ${at}`), "");
    }
    for (const name of ["ten", "sub"]) {
      utimesSync(join(root, name), new Date(since), new Date(since));
    }
    const server = await startHttpServer(
      { directory: root, content: {}, portMin: 20_000, portMax: 30_000, address: "127.0.0.1" },
      nodeHost(),
    );
    t.after(() => server.close());
    await withPackerMedia(
      t,
      cwd,
      { http_directory: "www", http_port_min: 20_000, http_port_max: 30_000 },
      async ({ port, output }) => {
        assert.notEqual(port, 0, output);
        const unlike: object[] = [];
        for (const one of cases) {
          const [theirs, ours] = [comparable(await ask(port, one)), comparable(await ask(server.port, one))];
          if (!isDeepStrictEqual(ours, theirs)) {
            unlike.push({ one, ours, theirs });
          }
        }
        assert.deepEqual(unlike, []);
        rmSync(root, { recursive: true });
        assert.deepEqual(await ask(server.port, { path: "/a.txt" }), await ask(port, { path: "/a.txt" }));
      },
    );
  });
});
