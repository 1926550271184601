// The same sources through the downloads of Debian's packer and ours: the same files under the same names, the same words.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { resolveChecksum } from "../../src/driver/download/checksum-file.ts";
import { download } from "../../src/driver/download/download.ts";
import { nodeHost } from "../../src/host/node.ts";
import { parseIsoChecksum } from "../../src/step/iso.ts";
import { fakeRun } from "../fakes/run.ts";
import { needs } from "../needs.ts";
import { packer } from "../packer-ts.ts";
import { serve } from "../servers/listen.ts";

const content = randomBytes(200_000);
const packed = gzipSync(content);
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const files: Readonly<Record<string, Buffer>> = {
  "/a.iso": content,
  "/a.iso.gz": packed,
  "/other.iso": randomBytes(200_000),
  "/SHA256SUMS": Buffer.from(`${sha256(packed)}  a.iso.gz\n${sha256(content)} *a.iso\n`),
};

interface Case {
  readonly what: string;
  /** Paths on the server. */
  readonly sources: readonly string[];
  readonly checksum: string;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

const cases: readonly Case[] = [
  { what: "a checksum", sources: ["/a.iso"], checksum: sha256(content) },
  {
    what: "a checksum in capitals with its kind",
    sources: ["/a.iso"],
    checksum: `SHA256:${sha256(content).toUpperCase()}`,
  },
  { what: "no checksum", sources: ["/a.iso"], checksum: "none" },
  { what: "a file with checksums", sources: ["/a.iso"], checksum: "file:/SHA256SUMS" },
  { what: "a mirror that has it not", sources: ["/gone.iso", "/a.iso"], checksum: sha256(content) },
  { what: "a mirror that has another", sources: ["/other.iso", "/a.iso"], checksum: sha256(content) },
  { what: "a redirect", sources: ["/moved"], checksum: sha256(content) },
  { what: "a compressed file", sources: ["/a.iso.gz"], checksum: sha256(packed) },
  { what: "a compressed file that is to stay so", sources: ["/a.iso.gz?archive=false"], checksum: "none" },
  {
    what: "another extension",
    sources: ["/a.iso"],
    checksum: sha256(content),
    options: { iso_target_extension: "IMG" },
  },
  {
    what: "a target file",
    sources: ["/a.iso"],
    checksum: sha256(content),
    options: { iso_target_path: "cache/my.iso" },
  },
  {
    what: "a target folder",
    sources: ["/a.iso"],
    checksum: sha256(content),
    options: { iso_target_path: "cache/folder" },
  },
  { what: "nothing that is right", sources: ["/gone.iso", "/other.iso"], checksum: sha256(content) },
];

/** What is left of a download: names and contents below the cache, and what was said about it. */
interface Left {
  readonly files: Readonly<Record<string, string>>;
  readonly said: readonly string[];
}

describe("differential/download", () => {
  for (const one of cases) {
    it(`leaves the same files with the same words: ${one.what}`, async (t) => {
      if (!needs(t, "packer", "qemu-img")) {
        return;
      }
      const server = createServer(({ url = "" }, response) => {
        const body = files[url];
        if (url === "/moved") {
          response.writeHead(302, { location: "/a.iso" }).end();
        } else {
          response.writeHead(body === undefined ? 404 : 200, { "content-length": body?.length ?? 0 }).end(body);
        }
      });
      const given = { ...one, origin: await serve(t, server) };
      assert.deepEqual(await ours(t, given), await theirs(t, given));
    });
  }
});

type Given = Case & { readonly origin: string };

async function theirs(t: TestContext, { sources, checksum, options, origin }: Given): Promise<Left> {
  const folder = emptyFolder(t);
  // A machine that does not start ends the build as soon as everything is fetched.
  const qemu = join(folder, "qemu");
  writeFileSync(qemu, '#!/bin/sh\n[ "$1" = -version ] && echo "QEMU emulator version 7.2.0" && exit 0\nexit 1\n');
  chmodSync(qemu, 0o755);
  const builder = {
    type: "qemu",
    iso_urls: sources.map((source) => origin + source),
    iso_checksum: checksum.replace(/^file:/, `file:${origin}`),
    ...{
      communicator: "none",
      boot_wait: "-1s",
      qemu_binary: qemu,
      accelerator: "none",
      disk_size: "1M",
      headless: true,
    },
    ...options,
  };
  writeFileSync(join(folder, "t.json"), JSON.stringify({ builders: [builder] }));
  const env = { PACKER_CACHE_DIR: join(folder, "cache") };
  const { stdout } = await packer(["build", "-color=false", "t.json"], { cwd: folder, env });
  return {
    files: filesBelow(folder),
    said: wordsOf(stdout.replaceAll(/^==> qemu: /gm, "").split("\n"), folder, origin),
  };
}

async function ours(t: TestContext, { sources, checksum: text, options = {}, origin }: Given): Promise<Left> {
  const folder = emptyFolder(t);
  const host = { ...nodeHost({ ...process.env, PACKER_CACHE_DIR: join(folder, "cache") }), cwd: folder };
  const fake = fakeRun();
  const run = { ...fake, host };
  const urls = sources.map((source) => origin + source);
  const parsed = parseIsoChecksum(text.replace(/^file:/, `file:${origin}`));
  const checksum = parsed.kind === "file" ? await resolveChecksum(parsed.source, urls[0] ?? "", run) : parsed;
  await download(
    {
      title: "ISO",
      sources: urls,
      checksum: "hex" in checksum ? checksum : undefined,
      targetPath: options["iso_target_path"],
      extension: options["iso_target_extension"] ?? "iso",
    },
    run,
  ).catch((thrown: Error) => run.ui.say(thrown.message));
  const said = fake.said.filter(({ level }) => level === "say").map((line) => line.text);
  return { files: filesBelow(folder), said: wordsOf(said.join("\n").split("\n"), folder, origin) };
}

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-differential-download-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "cache"));
  return folder;
}

/** Without the locks and notes that each of them keeps for itself. */
function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(join(folder, "cache"), { recursive: true }).map(String);
  const kept = names.filter(
    (name) => !/^port\b|\.lock$|\.origin\.json$/.test(name) && statSync(join(folder, "cache", name)).isFile(),
  );
  return Object.fromEntries(kept.sort().map((name) => [name, sha256(readFileSync(join(folder, "cache", name)))]));
}

/** The lines about the download alone, one after another the same only once: Packer repeats an address without a checksum. */
function wordsOf(lines: readonly string[], folder: string, origin: string): string[] {
  const ends = lines.findIndex((line) => / => |^error downloading/.test(line));
  const own = lines
    .slice(lines.indexOf("Retrieving ISO"), ends + 1)
    .map((line) => line.replaceAll(`${folder}/`, "").replaceAll(origin, ""));
  return own.filter((line, index) => line !== own[index - 1]);
}
