// Floppy disks, read back with mtools and checked with fsck.fat.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { needs } from "../../../test/needs.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { Random } from "../../../test/spec/random.ts";
import { makeFatNames, nameKey } from "./fat-names.ts";
import { type FloppyRequest, writeFloppy } from "./floppy.ts";

const UTF8 = { ...process.env, LC_ALL: "C.UTF-8", MTOOLS_SKIP_CHECK: "0" };
const PEERS = ["mcopy", "mdir", "mlabel", "fsck.fat"] as const;

type Tree = Readonly<Record<string, string | Uint8Array>>;

interface Made {
  readonly image: string;
  readonly said: readonly string[];
}

function folderOf(t: TestContext, files: Tree): string {
  const cwd = mkdtempSync(join(tmpdir(), "floppy-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  return cwd;
}

async function make(t: TestContext, cwd: string, request: Partial<FloppyRequest>): Promise<Made> {
  const said: string[] = [];
  const ui = { say: (text: string) => void said.push(`==> ${text}`), message: (text: string) => void said.push(text) };
  const image = join(folderOf(t, {}), "floppy.img");
  const run = { host: fakeHost({ cwd }), signal: new AbortController().signal, ui };
  await writeFloppy(image, { files: [], dirs: [], content: {}, label: "packer", ...request }, run);
  return { image, said };
}

function program(...[file, ...args]: [string, ...string[]]): string {
  const { status, stdout, stderr } = spawnSync(file, args, { env: UTF8 });
  assert.equal(status, 0, `${file} ${args.join(" ")}: ${stderr}${stdout}`);
  return stdout.toString();
}

/** Every file of an image by its path, as mtools copies it out; the image must be without fault. */
function filesOn(t: TestContext, image: string): Record<string, string> {
  program("fsck.fat", "-n", image);
  const out = folderOf(t, {});
  if (program("mdir", "-b", "-a", "-i", image, "::").trim() !== "") {
    program("mcopy", "-s", "-n", "-m", "-i", image, "::*", out);
  }
  const files = readdirSync(out, { recursive: true, withFileTypes: true });
  const paths = files.map((entry) => join(entry.parentPath, entry.name) + (entry.isDirectory() ? "/" : "")).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(out.length + 1), path.endsWith("/") ? "" : readFileSync(path, "latin1")]),
  );
}

const TREE = {
  "one.txt": "1",
  "d1/one.txt": "two",
  "d1/deep/three": "3",
  "d1/.hidden": "h",
  "d2/four": "4",
  "sp ace/long file name.text": "5",
};

describe("driver/floppy", () => {
  it("puts files and the files of folders side by side, and folders as they are", async (t) => {
    if (!needs(t, ...PEERS)) {
      return;
    }
    const cwd = folderOf(t, TREE);
    const { image, said } = await make(t, cwd, {
      files: ["one.txt", "d2", "sp*/*", "nothing*"],
      dirs: ["d1", "sp ace/"],
      label: "my disk",
    });
    assert.deepEqual(filesOn(t, image), {
      "d1/": "",
      "d1/.hidden": "h",
      "d1/deep/": "",
      "d1/deep/three": "3",
      "d1/one.txt": "two",
      four: "4",
      "long file name.text": "5",
      "one.txt": "1",
      "sp ace/": "",
      "sp ace/long file name.text": "5",
    });
    assert.match(program("mlabel", "-s", "-i", image, "::"), /Volume label is my disk/);
    assert.equal(statSync(image).size, 1_474_560);
    assert.deepEqual(said, [
      "==> Creating floppy disk...",
      "Copying files flatly from floppy_files",
      "Copying file: one.txt",
      "Copying directory: d2",
      "Adding file: d2/four",
      "Copying file: sp ace/long file name.text",
      "Done copying files from floppy_files",
      "Collecting paths from floppy_dirs",
      "Resulting paths from floppy_dirs : [d1 sp ace/]",
      "Recursively copying : d1",
      "Recursively copying : sp ace/",
      "Done copying paths from floppy_dirs",
    ]);
  });

  it("puts texts on the disk by their paths and never prints them", async (t) => {
    if (!needs(t, ...PEERS)) {
      return;
    }
    const content = { "user-data": "password: s3cret\n", "a/b/c.txt": "", "Ünïcode – ☃.txt": "ü" };
    const { image, said } = await make(t, "/", { content });
    assert.deepEqual(filesOn(t, image), {
      "a/": "",
      "a/b/": "",
      "a/b/c.txt": "",
      "user-data": "password: s3cret\n",
      "Ünïcode – ☃.txt": Buffer.from("ü").toString("latin1"),
    });
    assert.deepEqual(said.slice(-2), ["Copying files from floppy_content", "Done copying files from floppy_content"]);
    assert.doesNotMatch(said.join("\n"), /s3cret/);
  });

  it("follows links, also to folders, unless they go round in circles", async (t) => {
    if (!needs(t, ...PEERS)) {
      return;
    }
    const cwd = folderOf(t, TREE);
    symlinkSync("../d2", join(cwd, "d1", "linked"));
    symlinkSync("one.txt", join(cwd, "link"));
    const { image } = await make(t, cwd, { files: ["link"], dirs: ["d1"] });
    const files = filesOn(t, image);
    assert.equal(files["link"], "1");
    assert.equal(files["d1/linked/four"], "4");
    symlinkSync("..", join(cwd, "d1", "deep", "round"));
    await rejectsWith(make(t, cwd, { dirs: ["d1"] }), { code: "media/file-unreadable" });
  });

  it("refuses two files of one name in one folder, whatever their case, and joins folders", async (t) => {
    if (!needs(t, ...PEERS)) {
      return;
    }
    const cwd = folderOf(t, { "a/x/1": "1", "b/x/2": "2", "a/One.txt": "A", "b/one.TXT": "B" });
    await rejectsWith(make(t, cwd, { files: ["a/One.txt", "b/one.TXT"] }), {
      code: "media/name-taken",
      message: `name already exists: one.TXT\n${cwd}/b/one.TXT would be put where ${cwd}/a/One.txt is.`,
    });
    await rejectsWith(make(t, cwd, { files: ["a/One.txt"], content: { "ONE.txt": "" } }), { code: "media/name-taken" });
    await rejectsWith(make(t, cwd, { content: { x: "", "x/y": "" } }), { code: "media/name-taken" });
    const { image } = await make(t, cwd, { dirs: ["a/x", "b/x"] });
    assert.deepEqual(filesOn(t, image), { "x/": "", "x/1": "1", "x/2": "2" });
  });

  it("says by how much the files are too many and which is the largest", async (t) => {
    const cwd = folderOf(t, { big: Buffer.alloc(1_457_664), small: "x" });
    await make(t, cwd, { files: ["big"] });
    await rejectsWith(make(t, cwd, { files: ["big", "small"] }), {
      code: "media/too-large",
      message:
        "The files are 512 bytes too many for a floppy disk\n" +
        `It holds 1457664 bytes, and each file takes a multiple of 512. The largest file is ${cwd}/big with 1457664 bytes.`,
    });
    truncateSync(join(cwd, "small"), 10 * 2 ** 40);
    await rejectsWith(make(t, cwd, { dirs: ["small"] }), { code: "media/too-large" });
    const many = Object.fromEntries(Array.from({ length: 224 }, (_, at) => [`F${at}`, ""]));
    await rejectsWith(make(t, cwd, { content: many }), { code: "media/too-large", message: /take 225 entries/ });
  });

  it("says which names cannot be written", async (t) => {
    for (const name of ["a:b", "tab\t", "dot.", "space ", "q?", "x".repeat(256), "../up", "", "/"]) {
      await rejectsWith(make(t, "/", { content: { [name]: "" } }), { code: "media/bad-name" });
    }
    await rejectsWith(make(t, "/", { files: ["/dev/null"] }), { code: "media/file-unreadable" });
    await rejectsWith(make(t, "/", { dirs: ["/no/such"] }), { code: "media/file-unreadable" });
  });

  it("fills the disk to the last byte, with the times of the files", async (t) => {
    if (!needs(t, ...PEERS)) {
      return;
    }
    const content = Buffer.from(Array.from({ length: 1_457_664 }, (_, at) => (at * 7919 + (at >> 9)) & 0xff));
    const cwd = folderOf(t, { full: content });
    utimesSync(join(cwd, "full"), new Date("2001-02-03T04:05:06Z"), new Date("2001-02-03T04:05:06Z"));
    const { image } = await make(t, cwd, { files: ["full"] });
    assert.equal(filesOn(t, image)["full"], content.toString("latin1"));
    assert.match(program("mdir", "-i", image, "::"), /full.*1457664 2001-02-03 +4:05/i);
  });

  it("keeps short names short and numbers the others", () => {
    const names = [
      "README",
      "a.txt",
      "LONGFI~1.TEX",
      "long file name.text",
      "long file names.text",
      ".hidden",
      "x.tar.gz",
      "ä+b.c",
      "...",
    ];
    assert.deepEqual(
      makeFatNames(names).map(({ alias, long }) => `${alias}${long === undefined ? "" : " +"}`),
      [
        "README     ",
        "A       TXT +",
        "LONGFI~1TEX",
        "LONGFI~2TEX +",
        "LONGFI~3TEX +",
        "HIDDEN~1    +",
        "XTAR~1  GZ  +",
        "__B~1   C   +",
        "_~1         +",
      ],
    );
    const alike = makeFatNames(Array.from({ length: 1100 }, (_, at) => `the same beginning ${at}`)).map(
      ({ alias }) => alias,
    );
    assert.equal(new Set(alike).size, 1100);
    assert.ok(alike.every((alias) => /^THE[A-Z]*~\d+ *$/.test(alias) && alias.length === 11));
  });

  it("gives back random trees byte for byte", async (t) => {
    if (!needs(t, ...PEERS)) {
      return;
    }
    for (let seed = 1; seed <= 25; seed++) {
      const tree = randomTree(seed);
      const cwd = folderOf(
        t,
        Object.fromEntries(Object.entries(tree).map(([path, content]) => [`top/${path}`, content])),
      );
      const { image } = await make(t, cwd, { dirs: ["top"] });
      const found = Object.entries(filesOn(t, image)).filter(([path]) => !path.endsWith("/"));
      const wanted = Object.entries(tree).map(([path, content]) => [
        `top/${path}`,
        Buffer.from(content).toString("latin1"),
      ]);
      assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted), `seed ${seed}`);
    }
  });
});

const CHARACTERS = [..."abcXYZ019 .._-~+,;=[]'!@#$%^&(){}`", "é", "Ü", "ß", "ж", "日", "☃", "İ"];

/** Folders three deep with files of 0 to 20,000 bytes. No two names of a folder differ in case alone. */
function randomTree(seed: number): Record<string, Uint8Array> {
  const random = new Random(seed);
  const tree: Record<string, Uint8Array> = {};
  let room = 1_000_000;
  const fill = (folder: string, depth: number): void => {
    const keys = new Set<string>();
    for (let count = 1 + random.below(20); count > 0; count--) {
      const name = randomName(random);
      if (keys.has(nameKey(name))) {
        continue;
      }
      keys.add(nameKey(name));
      if (depth < 3 && random.below(4) === 0) {
        fill(`${folder}${name}/`, depth + 1);
      } else {
        const length = Math.min(room, random.below(random.pick([1, 600, 20_000], 1)));
        room -= length + 512;
        tree[folder + name] = Buffer.from(Array.from({ length: Math.max(0, length) }, () => random.below(256)));
      }
    }
  };
  fill("", 0);
  return tree;
}

function randomName(random: Random): string {
  const length = random.pick([1, 3, 8, 12, 13, 26, 40, 200], 1) + random.below(2);
  let name = "";
  while (name.length < length && Buffer.byteLength(name) < 200) {
    name += random.pick(CHARACTERS, "a");
  }
  return /^\.*$|[. ]$/.test(name) ? `${name}x` : name;
}
