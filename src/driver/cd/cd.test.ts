// CDs, read back with isoinfo and xorriso.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type FakeHost, type FakeHostOptions, fakeHost } from "../../../test/fakes/host.ts";
import { needs } from "../../../test/needs.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { type CdRequest, writeCd } from "./cd.ts";

function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const cwd = mkdtempSync(join(tmpdir(), "cd-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  return cwd;
}

interface Made {
  readonly image: string;
  readonly said: readonly string[];
  readonly scratch: string;
  readonly host: FakeHost;
}

async function make(t: TestContext, request: Partial<CdRequest>, given: FakeHostOptions = {}): Promise<Made> {
  const said: string[] = [];
  const ui = { say: (text: string) => void said.push(`==> ${text}`), message: (text: string) => void said.push(text) };
  const image = join(folderOf(t, {}), "cd.iso");
  const scratch = folderOf(t, {});
  const host = fakeHost({ programs: "real", ...given });
  await writeCd(
    image,
    { files: [], content: {}, label: "packer", ...request },
    { host, signal: new AbortController().signal, ui, scratch },
  );
  return { image, said, scratch, host };
}

function program(...[file, ...args]: [string, ...string[]]): string {
  const { status, stdout, stderr } = spawnSync(file, args);
  assert.equal(status, 0, `${file} ${args.join(" ")}: ${stderr}`);
  return stdout.toString();
}

/** Every file of a CD by its path. */
function filesOn(t: TestContext, image: string): Record<string, string> {
  const out = join(folderOf(t, {}), "out");
  program("xorriso", "-osirrox", "on", "-indev", image, "-extract", "/", out);
  const paths = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const path of paths) {
    chmodSync(path, 0o600);
  }
  return Object.fromEntries(paths.map((path) => [path.slice(out.length + 1), readFileSync(path, "utf8")]));
}

const TREE = {
  "one.txt": "1",
  "d1/one.txt": "two",
  "d1/deep/three": "3",
  "d1/.hidden": "h",
  "d2/one.txt": "last",
  "d2/four": "4",
};

describe("driver/cd", () => {
  it("makes the CD that cloud-init looks for, and prints nothing of what is on it", async (t) => {
    if (!needs(t, "xorriso", "isoinfo")) {
      return;
    }
    const content = { "user-data": "#cloud-config\npassword: s3cret\n", "/meta-data": "", "a/b.txt": "ü" };
    const { image, said } = await make(t, { content, label: "cidata" });
    assert.match(program("isoinfo", "-d", "-i", image), /^Volume id: cidata$/m);
    assert.match(program("isoinfo", "-d", "-i", image), /Joliet with UCS level 3 found\nRock Ridge/);
    assert.deepEqual(filesOn(t, image), { "a/b.txt": "ü", "meta-data": "", "user-data": content["user-data"] });
    assert.equal(program("isoinfo", "-J", "-i", image, "-x", "/user-data"), content["user-data"]);
    assert.deepEqual(said, ["==> Creating CD disk...", "Done copying paths from CD_dirs"]);
  });

  it("takes files and folders to the top, the contents of folders with a slash, and the later of two files", async (t) => {
    if (!needs(t, "xorriso")) {
      return;
    }
    const cwd = folderOf(t, TREE);
    const on = async (files: readonly string[], content = {}): Promise<unknown> =>
      filesOn(t, (await make(t, { files, content }, { cwd })).image);
    assert.deepEqual(await on(["one.txt", "d1"]), {
      "d1/.hidden": "h",
      "d1/deep/three": "3",
      "d1/one.txt": "two",
      "one.txt": "1",
    });
    assert.deepEqual(await on(["d1/", "./one.txt"]), { ".hidden": "h", "deep/three": "3", "one.txt": "1" });
    assert.deepEqual(await on(["one.txt", join(cwd, "d1/*")]), { ".hidden": "h", "deep/three": "3", "one.txt": "two" });
    assert.deepEqual(await on(["d?/o*", "nothing*"], { "one.txt": "text" }), { "one.txt": "text" });
    assert.deepEqual(await on(["one.txt"], { "ONE.txt": "other" }), { "ONE.txt": "other", "one.txt": "1" });
    await rejectsWith(on(["one.txt", "d1/"], { deep: "a file" }), { code: "media/name-taken" });
    await rejectsWith(on([], { "../up": "" }), { code: "media/bad-name" });
    await rejectsWith(on(["nope"]), { code: "media/file-unreadable" });
  });

  it("takes the first program that is installed", async (t) => {
    const calls: (readonly string[])[] = [];
    const tool = (command: readonly string[]): { code: number } => {
      calls.push(command);
      return { code: 0 };
    };
    for (const name of ["xorriso", "mkisofs", "hdiutil", "oscdimg"]) {
      const { image, scratch } = await make(t, { content: { a: "" }, label: "L 1" }, { programs: { [name]: tool } });
      const expected: Readonly<Record<string, readonly string[]>> = {
        xorriso: ["xorriso", "-as", "genisoimage", "-rock", "-joliet", "-volid", "L 1", "-output", image, scratch],
        mkisofs: ["mkisofs", "-joliet", "-volid", "L 1", "-o", image, scratch],
        hdiutil: [
          "hdiutil",
          "makehybrid",
          "-o",
          image,
          "-hfs",
          "-joliet",
          "-iso",
          "-default-volume-name",
          "L 1",
          scratch,
        ],
        oscdimg: ["oscdimg", "-j1", "-o", "-m", "-lL 1", scratch, image],
      };
      assert.deepEqual(calls.pop(), expected[name]);
    }
  });

  it("makes the CD with mkisofs where there is no xorriso", async (t) => {
    if (!needs(t, "mkisofs", "isoinfo")) {
      return;
    }
    const mkisofs = ([, ...args]: readonly string[]): { code: number } => ({
      code: spawnSync("mkisofs", args).status ?? 1,
    });
    const { image } = await make(t, { content: { "user-data": "x" }, label: "cidata" }, { programs: { mkisofs } });
    assert.match(program("isoinfo", "-d", "-i", image), /^Volume id: cidata$/m);
    assert.equal(program("isoinfo", "-J", "-i", image, "-x", "/user-data"), "x");
  });

  it("names the programs when there is none, and says what one that failed said", async (t) => {
    const none = await rejectsWith(make(t, { content: { a: "" } }, { programs: {} }), {
      code: "media/no-cd-tool",
      message:
        "could not find a supported CD ISO creation command (the supported commands are: xorriso, mkisofs, hdiutil, oscdimg)",
    });
    assert.match(none.diagnostics[0]?.hint ?? "", /apt-get install xorriso/);
    await rejectsWith(
      make(
        t,
        { content: { a: "" } },
        { programs: { xorriso: () => ({ code: 5, stderr: "-volid: Text too long\n" }) } },
      ),
      {
        code: "media/cd-failed",
        message: "xorriso could not make the CD: it ended with status 5\n-volid: Text too long",
      },
    );
  });
});
