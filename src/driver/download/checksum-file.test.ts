import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { resolveChecksum } from "./checksum-file.ts";
import type { Digest } from "./download-run.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];

describe("driver/download checksum files", () => {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-checksums-"));
  after(() => rmSync(cwd, { recursive: true, force: true }));
  const run = fakeRun({ host: fakeHost({ network: "real", cwd }) });
  const resolve = (text: string, isoUrl = "https://example.org/pool/x/debian.iso"): Promise<Digest> => {
    writeFileSync(join(cwd, "SUMS"), text);
    return resolveChecksum("SUMS", isoUrl, run);
  };

  for (const [form, text] of [
    ["two blanks", `${b}  other.iso\n${a}  debian.iso\n`],
    ["an asterisk", `${b} *other.iso\n${a} *debian.iso`],
    ["the BSD form", `SHA256 (other.iso) = ${b}\nSHA256 (debian.iso) = ${a}\n`],
    ["./ in front", `${b}  ./other.iso\n${a}  ./debian.iso\n`],
    ["the same path in front", `${b}  y/debian.iso\n${a}  x/debian.iso\n`],
    ["another folder in front", `${a}  images/debian.iso\n${b}  images/other.iso\n`],
    ["nothing but the digest", `${a}\n`],
    ["line ends of Windows", `${b}  other.iso\r\n${a}  debian.iso\r\n`],
    ["capital letters", `${a.toUpperCase()}  debian.iso\n`],
    [
      "a signature around it",
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${a}  debian.iso\n-----BEGIN PGP SIGNATURE-----\nabc\n`,
    ],
    ["comments", `# debian.iso: 5 bytes\n${a}  debian.iso\n`],
    ["weaker digests too", `MD5 (debian.iso) = ${"c".repeat(32)}\nSHA256 (debian.iso) = ${a}\n`],
  ] as const) {
    test(`an entry is found with ${form}`, async () => {
      assert.deepEqual(await resolve(text), { algorithm: "sha256", hex: a });
    });
  }

  test("kinds follow from the number of digits", async () => {
    assert.equal((await resolve(`${"1".repeat(32)}  debian.iso`)).algorithm, "md5");
    assert.equal((await resolve(`${"1".repeat(40)}  debian.iso`)).algorithm, "sha1");
    assert.equal((await resolve(`${"1".repeat(128)}  debian.iso`)).algorithm, "sha512");
  });

  test("names in addresses are read as people write them", async () => {
    assert.equal((await resolve(`${a}  my debian.iso`, "https://example.org/my%20debian.iso?token=1")).hex, a);
  });

  test("a file without such an entry is told with the nearest name", async () => {
    const error = await rejectsWith(resolve(`${a}  debian-12.iso\n${b}  notes.txt`, "debian-11.iso"), {
      code: "download/checksum-file",
      failure: "template",
      message:
        'no checksum found in: SUMS\n"debian-11.iso" is not listed there. It names "debian-12.iso", "notes.txt".',
    });
    assert.equal(error.diagnostics[0]?.hint, 'did you mean "debian-12.iso"?');
    await rejectsWith(resolve("<html>not found</html>"), {
      code: "download/checksum-file",
      message: /no line with a checksum/,
    });
    await rejectsWith(resolve(`${a}  x/d.iso\n${b}  y/d.iso`, "d.iso"), { code: "download/checksum-file" });
  });

  for (const [what, line] of [
    ["a name full of blanks", (size: number) => `${a}  x${" ".repeat(size)}y\u2028z`],
    ["blanks alone", (size: number) => `${" ".repeat(size)}x`],
    ["digits without end", (size: number) => `${"a".repeat(size)}x`],
    ["brackets without end", (size: number) => `SHA256 (${")=a".repeat(size / 3)}x`],
  ] as const) {
    test(`a line that is made to be read for ever is passed over: ${what}`, async () => {
      const begun = performance.now();
      assert.equal((await resolve(`${line(4_000_000)}\n${a}  debian.iso`)).hex, a);
      assert.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
    });
  }

  test("many short lines of the kind are read in a moment, too", async () => {
    const begun = performance.now();
    const lines = `${a}  x${" ".repeat(1900)}y\u2028z\n`.repeat(2000);
    assert.equal((await resolve(`${lines}${a}  debian.iso`)).hex, a);
    assert.ok(performance.now() - begun < 5000, `${performance.now() - begun} ms`);
  });

  test("what is no file, or too large to be one with checksums, is refused before it is read", async () => {
    const hole = join(cwd, "hole");
    writeFileSync(hole, "");
    truncateSync(hole, 64 * 1024 * 1024);
    await rejectsWith(resolveChecksum("hole", "debian.iso", run), {
      code: "download/failed",
      message: /larger than 16 MiB/,
    });
    await rejectsWith(resolveChecksum(".", "debian.iso", run), { code: "download/failed", message: /not a file/ });
    if (process.platform !== "win32") {
      await rejectsWith(resolveChecksum("/dev/zero", "debian.iso", run), { code: "download/failed" });
    }
  });

  test("it is fetched from the web, with patience", async (t) => {
    let asked = 0;
    const server = await httpServer(t, ({ url }) => {
      if (url !== "/SUMS") {
        return { status: 404 };
      }
      return asked++ === 0 ? { status: 503 } : { body: `${a}  debian.iso\n` };
    });
    assert.equal((await resolveChecksum(`${server.url}/SUMS`, "debian.iso", run)).hex, a);
    await rejectsWith(resolveChecksum(`${server.url}/gone`, "debian.iso", run), {
      code: "download/failed",
      message: `Error downloading checksum file: ${server.url}/gone: bad response code: 404`,
    });
    await rejectsWith(resolveChecksum("gone", "debian.iso", run), { code: "download/failed", failure: "template" });
  });
});
