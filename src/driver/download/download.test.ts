import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { digest, iso, root, runWith, until } from "../../../test/fakes/download-run.ts";
import { fakeClock, settled } from "../../../test/fakes/host.ts";
import { needs } from "../../../test/needs.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { downloadServer } from "../../../test/servers/download-server.ts";
import type { Host } from "../../host/host.ts";
import { nodeHost } from "../../host/node.ts";
import { download } from "./download.ts";

const MiB = 1024 * 1024;

describe("driver/download", () => {
  test("a file is fetched under the name that Packer gives it, and the next time it is there", async (t) => {
    const content = randomBytes(3 * MiB);
    const server = await downloadServer(t, content);
    const run = runWith();
    const request = iso([`${server.url}/a.iso`], digest(content));
    const path = await download(request, run);
    assert.equal(
      path,
      join(
        run.cache,
        `${createHash("sha1")
          .update(`sha256:${digest(content).hex}`)
          .digest("hex")}.iso`,
      ),
    );
    assert.ok(readFileSync(path).equals(content));
    assert.deepEqual(readdirSync(run.cache).length, 1, "nothing else is left behind");
    const shown = `${server.url}/a.iso?checksum=sha256%3A${digest(content).hex}`;
    assert.deepEqual(run.lines, [
      "Retrieving ISO",
      `Trying ${server.url}/a.iso`,
      `Trying ${shown}`,
      `${shown} => ${path}`,
    ]);
    assert.equal(await download(request, run), path);
    assert.equal(server.asked.length, 1);
  });

  test("a file of the cache that was damaged is fetched anew", async (t) => {
    const content = randomBytes(1000);
    const server = await downloadServer(t, content);
    const run = runWith();
    const path = await download(iso([server.url], digest(content)), run);
    writeFileSync(path, "something else");
    await download(iso([server.url], digest(content)), run);
    assert.ok(readFileSync(path).equals(content));
  });

  test("a connection that breaks is taken up where it ended", async (t) => {
    const content = randomBytes(5 * MiB);
    const server = await downloadServer(t, content);
    server.cuts.push(MiB, 2 * MiB);
    const run = runWith();
    const path = await download(iso([server.url], digest(content)), run);
    assert.ok(readFileSync(path).equals(content));
    const [first, second, third] = server.asked.map(({ headers }) => headers);
    assert.equal(first?.range, undefined);
    assert.match(second?.range ?? "", /^bytes=[1-9]\d*-$/);
    assert.match(String(second?.["if-range"]), /^".+"$/);
    assert.notEqual(third?.range, second?.range);
    assert.equal(server.asked.length, 3);
    assert.match(run.lines.join("\n"), /interrupted .*going on behind/);
  });

  test("without a checksum it is taken up too, where the server tells versions apart", async (t) => {
    const content = randomBytes(2 * MiB);
    const server = await downloadServer(t, content);
    server.cuts.push(MiB);
    assert.ok(readFileSync(await download(iso([server.url], undefined), runWith())).equals(content));
    assert.match(server.asked[1]?.headers.range ?? "", /^bytes=/);
  });

  test("without a checksum and without versions it starts over", async (t) => {
    const content = randomBytes(2 * MiB);
    const server = await downloadServer(t, content);
    server.tags = false;
    server.cuts.push(MiB);
    assert.ok(readFileSync(await download(iso([server.url], undefined), runWith())).equals(content));
    assert.equal(server.asked[1]?.headers.range, undefined);
  });

  test("a server that ignores ranges starts over", async (t) => {
    const content = randomBytes(2 * MiB);
    const server = await downloadServer(t, content);
    server.knowsRanges = false;
    server.cuts.push(MiB);
    assert.ok(readFileSync(await download(iso([server.url], digest(content)), runWith())).equals(content));
    assert.equal(server.asked.length, 2);
  });

  test("a file that changes on the server in between is fetched whole", async (t) => {
    const server = await downloadServer(t, randomBytes(2 * MiB));
    const changed = randomBytes(2 * MiB);
    server.cuts.push(MiB);
    const run = runWith();
    const { sleep } = run.host.clock;
    run.host.clock.sleep = async (...args) => {
      if (server.asked.length === 1) {
        server.content = changed;
      }
      return sleep(...args);
    };
    assert.ok(readFileSync(await download(iso([server.url], undefined), run)).equals(changed));
  });

  test("a server that would continue with another file is not believed", async (t) => {
    const content = randomBytes(MiB);
    const server = await downloadServer(t, randomBytes(MiB));
    server.cuts.push(MiB / 2);
    const run = runWith();
    const { sleep } = run.host.clock;
    run.host.clock.sleep = async (...args) => {
      if (server.asked.length === 1) {
        server.instead = (response) => {
          server.instead = undefined;
          server.content = content;
          const range = `bytes ${MiB / 2}-${MiB - 1}/${MiB}`;
          response.writeHead(206, { etag: '"another"', "content-range": range }).end(content.subarray(MiB / 2));
        };
      }
      return sleep(...args);
    };
    assert.ok(readFileSync(await download(iso([server.url], undefined), run)).equals(content));
  });

  test("a broken download goes on at the next mirror", async (t) => {
    const content = randomBytes(3 * MiB);
    const [first, second] = [await downloadServer(t, content), await downloadServer(t, content)];
    first.cuts.push(MiB, 0, 0, 0, 0, 0, 0);
    const run = runWith();
    const path = await download(iso([`${first.url}/a.iso`, `${second.url}/a.iso`], digest(content)), run);
    assert.ok(readFileSync(path).equals(content));
    assert.match(second.asked[0]?.headers.range ?? "", /^bytes=[1-9]/);
    assert.match(run.lines.join("\n"), /Download failed .* closed the connection in the middle of its answer\nTrying /);
  });

  test("parts that do not belong together are noticed and fetched anew as a whole", async (t) => {
    const content = randomBytes(MiB);
    const [first, second] = [await downloadServer(t, randomBytes(MiB)), await downloadServer(t, content)];
    first.cuts.push(MiB / 2, 0, 0, 0, 0, 0, 0);
    const run = runWith();
    const path = await download(iso([first.url, second.url], digest(content)), run);
    assert.ok(readFileSync(path).equals(content));
    assert.deepEqual([second.asked[0]?.headers.range !== undefined, second.asked[1]?.headers.range], [true, undefined]);
    assert.match(run.lines.join("\n"), /does not have the checksum: it is fetched anew/);
  });

  test("a wrong checksum removes the file, and the next mirror has its turn", async (t) => {
    const content = randomBytes(1000);
    const [wrong, right] = [await downloadServer(t, randomBytes(1000)), await downloadServer(t, content)];
    const run = runWith();
    const error = await rejectsWith(download(iso([wrong.url], digest(content)), run), {
      code: "download/checksum",
      failure: "template",
      message: /^error downloading ISO: \[Checksums did not match for .*\.iso\.\nExpected: .*\nGot: .*\nsha256\]$/,
    });
    assert.match(error.diagnostics[0]?.hint ?? "", /publisher/);
    assert.deepEqual(readdirSync(run.cache), []);
    const path = await download(iso([wrong.url, right.url], digest(content)), run);
    assert.ok(readFileSync(path).equals(content));
    assert.ok(run.lines.includes(`Checksum did not match, removing ${path}`));
  });

  test("redirects are followed, and errors of servers are told with the next place to try", async (t) => {
    const content = randomBytes(1000);
    const server = await downloadServer(t, content);
    const gone = await downloadServer(t, content);
    gone.instead = (response, url) =>
      url === "/moved" ? response.writeHead(302, { location: server.url }).end() : response.writeHead(404).end();
    const run = runWith();
    const path = await download(iso([`${gone.url}/gone`, `${gone.url}/moved`], digest(content)), run);
    assert.ok(readFileSync(path).equals(content));
    assert.ok(run.lines.includes("Download failed bad response code: 404"));
    await rejectsWith(download(iso([`${gone.url}/gone`], undefined), run), {
      code: "download/status",
      failure: "network",
      message: "error downloading ISO: [bad response code: 404]",
    });
    gone.instead = (response) => response.writeHead(401).end();
    await rejectsWith(download(iso([gone.url], undefined), run), { code: "download/status", failure: "auth" });
  });

  test("a server that is busy is asked again", async (t) => {
    const server = await downloadServer(t, Buffer.from("iso"));
    server.instead = (response) => {
      server.instead = undefined;
      response.writeHead(503).end();
    };
    assert.equal(readFileSync(await download(iso([server.url], undefined), runWith()), "utf8"), "iso");
  });

  test("a password is sent but neither said nor written anywhere", async (t) => {
    const server = await downloadServer(t, Buffer.from("iso"));
    const run = runWith();
    await download(iso([`${server.url.replace("//", "//me:p%40ss@")}/a.iso?token=t0ken&size=5`], undefined), run);
    const [asked] = server.asked;
    assert.equal(asked?.headers.authorization, `Basic ${Buffer.from("me:p@ss").toString("base64")}`);
    assert.equal(asked?.url, "/a.iso?token=t0ken&size=5");
    assert.doesNotMatch(run.lines.join("\n"), /p%40ss|p@ss|t0ken/);
    assert.match(run.lines[1] ?? "", /me:\*\*\*@.*\/a\.iso\?token=\*\*\*&size=5/);
    assert.ok(run.hidden.includes("p@ss") && run.hidden.includes("t0ken"));
    for (const file of readdirSync(run.cache)) {
      assert.doesNotMatch(readFileSync(join(run.cache, file), "utf8"), /p%40ss|p@ss|t0ken/);
    }
  });

  test("without a checksum the server is asked whether the file of the cache is still right", async (t) => {
    const server = await downloadServer(t, Buffer.from("old"));
    const run = runWith();
    const path = await download(iso([server.url], undefined), run);
    assert.equal(path, join(run.cache, `${createHash("sha1").update(server.url).digest("hex")}.iso`));
    await download(iso([server.url], undefined), run);
    assert.match(server.asked[1]?.headers["if-none-match"] ?? "", /^"/);
    server.content = Buffer.from("new");
    await download(iso([server.url], undefined), run);
    assert.equal(readFileSync(path, "utf8"), "new");
    writeFileSync(path, "damaged");
    await download(iso([server.url], undefined), run);
    assert.equal(readFileSync(path, "utf8"), "new");
  });

  test("a local file is used where it is, and left alone whatever it holds", async () => {
    const content = randomBytes(1000);
    const path = join(root, "local.iso");
    writeFileSync(path, content);
    const run = runWith();
    for (const source of ["local.iso", "./local.iso", path, `file://${path}`, "local.iso?archive=false"]) {
      assert.equal(await download(iso([source], digest(content), { targetPath: "elsewhere.iso" }), run), path, source);
    }
    assert.ok(!existsSync(run.cache));
    await rejectsWith(download(iso([path], digest(randomBytes(1))), run), { code: "download/checksum" });
    assert.ok(readFileSync(path).equals(content));
    const missing = await rejectsWith(download(iso(["gone.iso"], undefined), run), {
      code: "download/missing",
      message: `error downloading ISO: [source path error: stat ${join(root, "gone.iso")}: no such file or directory]`,
    });
    assert.match(missing.diagnostics[0]?.hint ?? "", /^Paths are relative to the current folder, /);
  });

  test("a target path is the file, or without an extension the folder", async (t) => {
    const content = randomBytes(1000);
    const server = await downloadServer(t, content);
    const run = runWith();
    const path = await download(iso([server.url], digest(content), { targetPath: "there/my.iso" }), run);
    assert.equal(path, join(root, "there", "my.iso"));
    const inside = await download(iso([server.url], digest(content), { targetPath: "there", extension: "IMG" }), run);
    assert.match(inside, /there\/[0-9a-f]{40}\.img$/);
    assert.ok(readFileSync(inside).equals(content));
    await download(iso([server.url], digest(content), { targetPath: "there/my.iso" }), run);
    assert.equal(server.asked.length, 2);
  });

  test("what is compressed is unpacked, once", async (t) => {
    const content = Buffer.from("an ISO ".repeat(100_000));
    const packed = gzipSync(content);
    const server = await downloadServer(t, packed);
    const run = runWith();
    const request = iso([`${server.url}/a.iso.gz`], digest(packed));
    assert.ok(readFileSync(await download(request, run)).equals(content));
    assert.ok(readFileSync(await download(request, run)).equals(content));
    assert.equal(server.asked.length, 1);
    const asIs = await download(
      iso([`${server.url}/a.iso.gz?archive=false`], digest(packed), { targetPath: "as-is.gz" }),
      run,
    );
    assert.ok(readFileSync(asIs).equals(packed));
    assert.equal(server.asked.at(-1)?.url, "/a.iso.gz");
    const error = await rejectsWith(download(iso([`${server.url}/b.iso.gz`], digest(content)), run), {
      code: "download/checksum",
    });
    assert.match(error.diagnostics[0]?.hint ?? "", /compressed file/);
    server.content = Buffer.from("not packed");
    await rejectsWith(download(iso([`${server.url}/c.iso.gz`], undefined), run), {
      code: "download/unpack",
      failure: "environment",
    });
  });

  for (const [ending, program] of [
    ["xz", "xz"],
    ["bz2", "bzip2"],
  ] as const) {
    test(`a local file that ends with .${ending} is unpacked into the cache`, async (t) => {
      if (!needs(t, program)) {
        return;
      }
      const content = randomBytes(200_000);
      const run = runWith();
      const plain = join(root, `packed-${ending}.iso`);
      writeFileSync(plain, content);
      await run.host.processes.run([program, plain]);
      const path = await download(iso([`${plain}.${ending}`], undefined), run);
      assert.ok(path.startsWith(run.cache) && readFileSync(path).equals(content));
    });
  }

  test("the checksum of an address itself is checked", async (t) => {
    const content = randomBytes(1000);
    const server = await downloadServer(t, content);
    const path = await download(
      iso([`${server.url}/a.iso?checksum=sha256:${digest(content).hex}`], undefined),
      runWith(),
    );
    assert.ok(readFileSync(path).equals(content));
    assert.equal(server.asked[0]?.url, "/a.iso");
    const wrong = `${server.url}/a.iso?checksum=md5:${"0".repeat(32)}`;
    await rejectsWith(download(iso([wrong], digest(content)), runWith()), { code: "download/checksum" });
  });

  for (const source of [
    "s3::https://s3.amazonaws.com/b/a.iso",
    "ftp://example.org/a.iso",
    "git::https://example.org/a",
    "https://example.org/a.tar.gz",
    "https://example.org/a.zip",
    "file://a.iso",
    "https://[bad/a.iso",
  ]) {
    test(`${source} is refused with what is possible`, async () => {
      const error = await rejectsWith(download(iso([source], undefined), runWith()), {
        code: "download/unsupported",
        failure: "template",
      });
      assert.match(error.diagnostics[0]?.hint ?? "", /https:\/\/|Unpack it/);
    });
  }

  test("a cancelled download ends at once and can be taken up later", async (t) => {
    const content = randomBytes(2 * MiB);
    const server = await downloadServer(t, content);
    const run = runWith();
    server.instead = (response) => {
      response.writeHead(200, { "content-length": content.length, etag: '"1"' });
      response.write(content.subarray(0, MiB), () => setTimeout(() => run.cancel.abort(cancelled()), 50));
    };
    await rejectsWith(download(iso([server.url], digest(content)), run), { code: "host/cancelled" });
    assert.ok(!readdirSync(run.cache).some((name) => name.endsWith(".owner")));
    server.instead = undefined;
    assert.ok(readFileSync(await download(iso([server.url], digest(content)), runWith({}, run.cache))).equals(content));
    assert.match(server.asked[1]?.headers.range ?? "", /^bytes=/);
  });

  test("builds that want the same file fetch it once, and one that waits can be cancelled", async (t) => {
    const content = randomBytes(MiB);
    const server = await downloadServer(t, content);
    let release = (): void => {};
    server.instead = (response) => {
      release = () => response.writeHead(200, { "content-length": content.length }).end(content);
    };
    const [first, second, third] = [
      runWith({}, join(root, "shared")),
      runWith({}, join(root, "shared")),
      runWith({}, join(root, "shared")),
    ];
    const request = iso([server.url], digest(content));
    const running = [download(request, first)];
    await until(() => server.asked.length === 1);
    running.push(download(request, second));
    const cancelling = rejectsWith(download(request, third), { code: "host/cancelled" });
    await until(() =>
      [second, third].every(({ lines }) => lines.some((line) => line.startsWith("Waiting for another build"))),
    );
    third.cancel.abort(cancelled());
    await cancelling;
    release();
    const [one, two] = await Promise.all(running);
    assert.equal(one, two);
    assert.equal(server.asked.length, 1);
  });

  test("a connection over which nothing comes is given up after a minute and taken up", async (t) => {
    const content = randomBytes(MiB);
    const server = await downloadServer(t, content);
    server.instead = (response) => {
      server.instead = undefined;
      response.writeHead(200, { "content-length": content.length, etag: `"${digest(content).hex.slice(0, 8)}"` });
      response.write(content.subarray(0, 1000));
    };
    const clock = fakeClock("manual");
    const run = runWith({ clock });
    const path = download(iso([server.url], digest(content)), run);
    const part = join(
      run.cache,
      `${createHash("sha1")
        .update(`sha256:${digest(content).hex}`)
        .digest("hex")}.iso.part`,
    );
    await until(() => existsSync(part) && readFileSync(part).length === 1000);
    await clock.advance(61_000);
    await until(() => run.lines.some((line) => line.includes("nothing was received for 60 seconds")));
    await settled();
    await clock.advance(1000);
    assert.ok(readFileSync(await path).equals(content));
    assert.equal(server.asked[1]?.headers.range, "bytes=1000-");
  });

  test("a slow connection is left alone as long as something comes", async (t) => {
    const content = randomBytes(3000);
    const server = await downloadServer(t, content);
    let send = (_bytes: Buffer): void => {};
    server.instead = (response) => {
      response.writeHead(200, { "content-length": content.length });
      send = (bytes) => void response.write(bytes);
      send(content.subarray(0, 1000));
    };
    const clock = fakeClock("manual");
    const run = runWith({ clock });
    const path = download(iso([server.url], undefined), run);
    const part = join(run.cache, `${createHash("sha1").update(server.url).digest("hex")}.iso.part`);
    for (const have of [1000, 2000]) {
      await until(() => existsSync(part) && readFileSync(part).length === have);
      await clock.advance(40_000);
      send(content.subarray(have, have + 1000));
    }
    assert.ok(readFileSync(await path).equals(content));
    assert.equal(server.asked.length, 1);
  });

  test("a download has as long as PACKER_GETTER_READ_TIMEOUT says", async (t) => {
    const server = await downloadServer(t, Buffer.alloc(0));
    server.instead = (response) => void response.writeHead(200, { "content-length": 1000 }).write("x");
    const clock = fakeClock("manual");
    const run = runWith({ clock, env: { PACKER_GETTER_READ_TIMEOUT: "20s" } });
    const failing = rejectsWith(download(iso([server.url], undefined), run), {
      code: "download/timeout",
      failure: "timeout",
    });
    await until(() => existsSync(run.cache) && readdirSync(run.cache).some((name) => name.endsWith(".part.json")));
    await clock.advance(21_000);
    await failing;
  });

  test("a disk without enough room is said before anything is fetched", async (t) => {
    const server = await downloadServer(t, Buffer.alloc(0));
    server.instead = (response) => void response.writeHead(200, { "content-length": 2 ** 52 }).write("x");
    const error = await rejectsWith(download(iso([server.url, server.url], undefined), runWith()), {
      code: "download/no-space",
      failure: "environment",
    });
    assert.match(error.message, /4503599\.63 GB are needed, .* free/);
    assert.equal(server.asked.length, 1);
  });

  test("a cache that cannot be written to is named", async () => {
    writeFileSync(join(root, "file"), "");
    const run = runWith({}, join(root, "file", "cache"));
    await rejectsWith(download(iso(["http://127.0.0.1:1/"], undefined), run), {
      code: "download/unwritable",
      failure: "environment",
    });
  });

  test("a file that was kept elsewhere is used without the network, if it is the right one", async (t) => {
    const content = randomBytes(1000);
    const server = await downloadServer(t, content);
    const asked: string[] = [];
    const cacheWith = (kept: Buffer): Host["fileCache"] => ({
      restore: async (path, key) => {
        mkdirSync(join(path, ".."), { recursive: true });
        writeFileSync(path, kept);
        return asked.push(`restore ${key}`) > 0;
      },
      offer: (_path, key) => void asked.push(`offer ${key}`),
    });
    const request = iso([server.url], digest(content));
    const key = `sha256-${digest(content).hex}`;
    for (const kept of [content, Buffer.from("wrong")]) {
      const fileCache = cacheWith(kept) as NonNullable<Host["fileCache"]>;
      assert.ok(readFileSync(await download(request, runWith({ fileCache }))).equals(content));
    }
    assert.deepEqual(asked, [`restore ${key}`, `restore ${key}`, `offer ${key}`]);
    assert.equal(server.asked.length, 1);
  });

  test("what can never pass is not tried again: a certificate, a circle, what is no TLS", async (t) => {
    const server = await downloadServer(t, randomBytes(10));
    server.instead = (response) => response.writeHead(302, { location: "/again" }).end();
    for (const url of [`${server.url}/a.iso`, `${server.url.replace("http:", "https:")}/a.iso`]) {
      const run = runWith();
      await rejectsWith(download(iso([url], undefined), run), { code: "download/failed", failure: "network" });
      assert.doesNotMatch(run.lines.join("\n"), /trying again|interrupted/);
    }
  });

  test("an unknown name is tried once more, and is not called an interruption", async () => {
    const run = runWith();
    await rejectsWith(download(iso(["http://no-such-host.invalid/a.iso"], undefined), run), {
      code: "download/failed",
    });
    const said = run.lines.filter((line) => /no-such-host\.invalid cannot be resolved/.test(line));
    assert.deepEqual(said.filter((line) => line.includes("trying again")).length, 1);
    assert.doesNotMatch(run.lines.join("\n"), /interrupted/);
  });

  test("when all places fail, each is named with its own reason", async (t) => {
    const server = await downloadServer(t, randomBytes(10));
    server.instead = (response) => response.writeHead(404).end();
    const sources = [`${server.url}/a.iso?token=hidden`, "http://no-such-host.invalid/a.iso"];
    const error = await rejectsWith(download(iso(sources, undefined), runWith()), { code: "download/failed" });
    const detail = error.diagnostics[0]?.detail ?? "";
    assert.match(detail, /a\.iso\?token=\*\*\*: bad response code: 404\n/);
    assert.match(detail, /no-such-host\.invalid\/a\.iso: no-such-host\.invalid cannot be resolved/);
  });

  test("a log-in comes from netrc, and the hint about a missing one says so", async (t) => {
    const content = randomBytes(1000);
    const server = await downloadServer(t, content);
    server.instead = (response) => response.writeHead(401).end();
    const refused = await rejectsWith(download(iso([server.url], undefined), runWith()), {
      code: "download/status",
      failure: "auth",
    });
    assert.match(refused.diagnostics[0]?.hint ?? "", /netrc/);
    server.instead = undefined;
    const run = runWith();
    const file = join(run.cache, "..", "logins");
    writeFileSync(file, "machine 127.0.0.1 login me password word");
    const { network } = nodeHost({ NETRC: file });
    await download(iso([server.url], digest(content)), runWith({ network }, run.cache));
    assert.equal(server.asked.at(-1)?.headers.authorization, `Basic ${Buffer.from("me:word").toString("base64")}`);
  });

  test("a file that a server packs anyway is kept as it is stored", async (t) => {
    const content = gzipSync(randomBytes(1000));
    const server = await downloadServer(t, content);
    server.instead = (response) =>
      response.writeHead(200, { "content-encoding": "gzip", "content-length": content.length }).end(content);
    const path = await download(iso([`${server.url}/a.iso`], digest(content)), runWith());
    assert.ok(readFileSync(path).equals(content));
  });

  describe("in a folder that others can write", () => {
    for (const end of [".part", ".part.json", ".unpacked", ".origin.json"]) {
      for (const kind of ["symbolic", "hard"] as const) {
        test(`a ${kind} link planted as ${end} is not written through`, async (t) => {
          const inner = randomBytes(1000);
          const content = gzipSync(inner);
          const server = await downloadServer(t, content);
          const run = runWith();
          const request = iso([`${server.url}/a.iso.gz`], end === ".origin.json" ? undefined : digest(content));
          const key = end === ".origin.json" ? `${server.url}/a.iso.gz` : `sha256:${digest(content).hex}`;
          const place = join(run.cache, `${createHash("sha1").update(key).digest("hex")}.iso`);
          const victim = join(run.cache, "victim");
          mkdirSync(run.cache, { recursive: true });
          writeFileSync(victim, "precious");
          (kind === "symbolic" ? symlinkSync : linkSync)(victim, `${place}${end}`);
          assert.equal(await download(request, run), place);
          assert.equal(readFileSync(victim, "utf8"), "precious");
          assert.ok(readFileSync(place).equals(inner));
        });
      }
    }

    test("a note that somebody else wrote does not stand in for the checksum", async (t) => {
      const inner = randomBytes(1000);
      const content = gzipSync(inner);
      const server = await downloadServer(t, content);
      const run = runWith();
      const key = `sha256:${digest(content).hex}`;
      const place = join(run.cache, `${createHash("sha1").update(key).digest("hex")}.iso`);
      const foreign = Buffer.from("a foreign image");
      const note = { unpackedFrom: key, sha256: digest(foreign).hex };
      mkdirSync(run.cache, { recursive: true });
      const other = await runWith({ env: { XDG_CACHE_HOME: join(root, "other-user") } }).host.seal(
        `${basename(place)}.origin.json\n${JSON.stringify(note)}`,
      );
      for (const text of [note, { note, seal: other }, { note }]) {
        writeFileSync(place, foreign);
        writeFileSync(`${place}.origin.json`, JSON.stringify(text));
        assert.ok(readFileSync(await download(iso([`${server.url}/a.iso.gz`], digest(content)), run)).equals(inner));
      }
      assert.equal(server.asked.length, 3);
    });

    test("a note about another file is none about this one", async (t) => {
      const content = gzipSync(randomBytes(1000));
      const server = await downloadServer(t, content);
      const run = runWith();
      const first = await download(iso([`${server.url}/a.iso.gz`], digest(content)), run);
      const target = { targetPath: join(run.cache, "other.iso") };
      writeFileSync(target.targetPath, readFileSync(first));
      writeFileSync(`${target.targetPath}.origin.json`, readFileSync(`${first}.origin.json`));
      await download(iso([`${server.url}/a.iso.gz`], digest(content), target), run);
      assert.equal(server.asked.length, 2);
    });

    test("without a checksum, only the very file that was fetched is asked about", async (t) => {
      const content = randomBytes(1000);
      const server = await downloadServer(t, content);
      const run = runWith();
      const request = iso([`${server.url}/a.iso`], undefined);
      const path = await download(request, run);
      await download(request, run);
      assert.ok(server.asked[1]?.headers["if-none-match"] ?? server.asked[1]?.headers["if-modified-since"]);
      writeFileSync(`${path}.mine`, randomBytes(1000));
      renameSync(`${path}.mine`, path);
      assert.ok(readFileSync(await download(request, run)).equals(content));
      assert.equal(server.asked[2]?.headers["if-none-match"], undefined);
      assert.equal(server.asked[2]?.headers["if-modified-since"], undefined);
    });

    test("a download that others can write to is not continued", { skip: process.platform === "win32" }, async (t) => {
      const content = randomBytes(2 * MiB);
      const server = await downloadServer(t, content);
      server.cuts.push(...Array.from({ length: 7 }, () => MiB));
      server.knowsRanges = false;
      const run = runWith();
      await rejectsWith(download(iso([server.url], digest(content)), run), { code: "download/failed" });
      const part = readdirSync(run.cache).find((name) => name.endsWith(".part")) ?? "";
      chmodSync(join(run.cache, part), 0o666);
      server.knowsRanges = true;
      server.cuts.splice(0);
      await download(iso([server.url], digest(content)), runWith({}, run.cache));
      assert.equal(server.asked.at(-1)?.headers.range, undefined);
    });

    test("a part that is somebody else's second name of a file is not continued", async (t) => {
      const content = randomBytes(2 * MiB);
      const server = await downloadServer(t, content);
      server.cuts.push(MiB, MiB, MiB, MiB, MiB, MiB, MiB);
      const run = runWith();
      server.knowsRanges = false;
      await rejectsWith(download(iso([server.url], digest(content)), run), { code: "download/failed" });
      const part = readdirSync(run.cache).find((name) => name.endsWith(".part")) ?? "";
      linkSync(join(run.cache, part), join(run.cache, "second"));
      server.knowsRanges = true;
      server.cuts.splice(0);
      await download(iso([server.url], digest(content)), runWith({}, run.cache));
      assert.equal(server.asked.at(-1)?.headers.range, undefined);
      assert.notEqual(readFileSync(join(run.cache, "second")).length, content.length);
    });
  });
});
