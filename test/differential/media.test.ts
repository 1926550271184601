// The same files on packer's floppy disks and CDs and on ours.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { BuildError } from "../../src/diagnostic/build-error.ts";
import { writeCd } from "../../src/driver/cd/cd.ts";
import { writeFloppy } from "../../src/driver/floppy/floppy.ts";
import { nodeHost } from "../../src/host/node.ts";
import { needs } from "../needs.ts";
import { folderWith } from "../packer-ts.ts";
import { details, withPackerMedia } from "./packer-media.ts";

const FILES = {
  "one.txt": "1",
  "d1/one.txt": "two",
  "d1/deep/three": "3",
  "d1/.hidden": "h",
  "d2/four": "4",
  "d2/one.txt": "last",
  "join/d1/five": "5",
  "Case/ONE.TXT": "capital",
  "Case/x": "x",
  "sp ace/long file name.text": "5",
  "sp ace/+[1]=;.c": "odd",
};

/** What lies on a disk by its path, or what is wrong with it. */
type Outcome = Readonly<Record<string, string>> | { readonly failed: string };

function folderFor(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "media-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function extract(t: TestContext, command: (out: string) => readonly [string, ...string[]]): Record<string, string> {
  const out = join(folderFor(t), "out");
  mkdirSync(out);
  const [file, ...args] = command(out);
  const { status, stderr } = spawnSync(file, args, { env: { ...process.env, LC_ALL: "C.UTF-8" } });
  assert.equal(status, 0, stderr.toString());
  spawnSync("chmod", ["-R", "u+rwX", out]);
  const files = readdirSync(out, { recursive: true, withFileTypes: true });
  const paths = files.map((entry) => join(entry.parentPath, entry.name) + (entry.isDirectory() ? "/" : "")).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(out.length + 1), path.endsWith("/") ? "" : readFileSync(path, "utf8")]),
  );
}

/** Packer keeps short names in capital letters only. */
const floppyFiles = (t: TestContext, image: string): Outcome => {
  const files = extract(t, (out) => ["mcopy", "-s", "-n", "-i", image, "::*", out]);
  return Object.fromEntries(
    Object.entries(files)
      .map(([path, content]) => [path.toUpperCase(), content] as const)
      .sort(),
  );
};
const cdFiles = (t: TestContext, image: string): Outcome =>
  extract(t, (out) => ["xorriso", "-osirrox", "on", "-indev", image, "-extract", "/", out]);

function failed(thrown: unknown): Outcome {
  if (!(thrown instanceof BuildError)) {
    throw thrown;
  }
  return { failed: thrown.diagnostics[0]?.summary ?? "" };
}

interface Ours {
  readonly outcome: Outcome;
  readonly messages: readonly string[];
}

async function ourFloppy(
  t: TestContext,
  cwd: string,
  files: readonly string[],
  dirs: readonly string[],
): Promise<Ours> {
  const messages: string[] = [];
  const ui = { say: () => {}, message: (text: string) => void messages.push(text) };
  const image = join(folderFor(t), "floppy.img");
  const run = { host: { ...nodeHost(), cwd }, signal: new AbortController().signal, ui };
  const made = writeFloppy(image, { files, dirs, content: {}, label: "packer" }, run);
  return { outcome: await made.then(() => floppyFiles(t, image), failed), messages };
}

async function ourCd(t: TestContext, cwd: string, files: readonly string[]): Promise<Outcome> {
  const image = join(folderFor(t), "cd.iso");
  const ui = { say: () => {}, message: () => {} };
  const run = { host: { ...nodeHost(), cwd }, signal: new AbortController().signal, ui, scratch: folderFor(t) };
  return writeCd(image, { files, content: {}, label: "packer" }, run).then(() => cdFiles(t, image), failed);
}

function filesHere(t: TestContext): string {
  const cwd = folderWith(t, FILES);
  symlinkSync("one.txt", join(cwd, "link"));
  return cwd;
}

describe("differential/media", () => {
  const floppies: readonly {
    readonly floppy_files?: readonly string[] | undefined;
    readonly floppy_dirs?: readonly string[] | undefined;
  }[] = [
    { floppy_files: ["one.txt", "d1/deep", "sp ace/*", "nothing*"] },
    { floppy_files: ["d2/", "link"], floppy_dirs: ["d1/.h*", "d1/deep"] },
    { floppy_dirs: ["d1", "d2/", "sp*", "join/d1", "one.txt"] },
    { floppy_files: ["one.txt", "d1"] },
    { floppy_files: ["one.txt"], floppy_dirs: ["Case/*"] },
    { floppy_files: ["Case", "d2/four"] },
  ];
  for (const given of floppies) {
    it(`puts the same on a floppy disk: ${JSON.stringify(given)}`, async (t) => {
      if (!needs(t, "packer", "mcopy")) {
        return;
      }
      const cwd = filesHere(t);
      const ours = await ourFloppy(t, cwd, given.floppy_files ?? [], given.floppy_dirs ?? []);
      await withPackerMedia(t, cwd, given, ({ floppy, output }) => {
        const theirs =
          floppy === undefined
            ? { failed: /(name already exists: .*)$/m.exec(output)?.[1] ?? output }
            : floppyFiles(t, floppy);
        assert.deepEqual(ours.outcome, theirs);
        const about = details(output).filter(
          (line) => !/VM will be|view the screen|vnc:|NetBridge|communicator/i.test(line),
        );
        assert.deepEqual(ours.messages, about);
      });
    });
  }

  const cds: readonly (readonly string[])[] = [
    ["one.txt", "d1"],
    ["d1/", "sp*", "link"],
    ["one.txt", "d1/*"],
    ["d2/one.txt", "./one.txt", "join/d1", "d1"],
    ["Case/ONE.TXT", "one.txt", "nothing*"],
    ["d2/"],
  ];
  for (const cd_files of cds) {
    it(`puts the same on a CD: ${JSON.stringify(cd_files)}`, async (t) => {
      if (!needs(t, "packer", "xorriso")) {
        return;
      }
      const cwd = filesHere(t);
      const ours = await ourCd(t, cwd, cd_files);
      await withPackerMedia(t, cwd, { cd_files }, ({ cd, output }) => {
        assert.ok(cd !== undefined && existsSync(cd), output);
        assert.deepEqual(ours, cdFiles(t, cd));
      });
    });
  }
});
