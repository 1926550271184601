// Folders from an engine that is not to be trusted: what its archives may make on this machine.
import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import tar, { type Pack } from "tar-stream";
import { BuildError } from "../../diagnostic/build-error.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import { downloadFolder } from "./download-folder.ts";
import { Places } from "./places.ts";

const signal = new AbortController().signal;

/** An engine that answers every request for a folder with the one archive, and every request for a file with "theirs". */
function hostile(fill: (archive: Pack) => void): DockerContainer {
  const send = async function* (fillOne: (archive: Pack) => void): AsyncGenerator<Uint8Array> {
    const archive = tar.pack();
    fillOne(archive);
    archive.finalize();
    for await (const chunk of archive) {
      yield chunk as Uint8Array;
    }
  };
  const unused = (): never => assert.fail("not asked for here");
  const facts = {
    id: "c",
    running: true,
    image: "",
    user: "",
    address: "",
    mounts: [],
    tmpfs: [],
    mayMount: false,
    isForeign: false,
  };
  return {
    ...{ id: "c", over: "socket", facts: async () => facts, image: async () => undefined, exec: unused },
    ...{
      copyIn: unused,
      sizeAt: async () => undefined,
      isFolderItself: async () => false,
      commit: unused,
      remove: unused,
    },
    copyOut: (path) => send(path.endsWith("/.") ? fill : (archive) => void archive.entry({ name: "x" }, "theirs")),
  };
}

async function downloaded(t: TestContext, fill: (archive: Pack) => void): Promise<{ thrown: unknown; root: string }> {
  const root = mkdtempSync(join(tmpdir(), "packer-ts-download-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "into"));
  mkdirSync(join(root, "victim"));
  writeFileSync(join(root, "victim", "file"), "precious");
  const container = hostile(fill);
  const reading = { container, places: new Places(container), signal };
  const thrown = await downloadFolder(reading, "/data/", join(root, "into")).catch((error: unknown) => error);
  assert.deepEqual(readdirSync(root).sort(), ["into", "victim"]);
  assert.equal(readFileSync(join(root, "victim", "file"), "utf8"), "precious");
  return { thrown, root };
}

function link(archive: Pack, name: string, linkname: string): void {
  archive.entry({ name, type: "symlink", linkname });
}

function folders(archive: Pack, ...names: readonly string[]): void {
  for (const name of ["./", ...names]) {
    archive.entry({ name, type: "directory" });
  }
}

describe("communicator/docker/download-folder", () => {
  test("nothing is made through a link of the same archive", async (t) => {
    const { thrown } = await downloaded(t, (archive) => {
      folders(archive, "p", "p/q");
      link(archive, "p/q/top", "../..");
      link(archive, "p/q/top/out", "../victim");
      link(archive, "p/q/top/out/file", "/anything");
    });
    assert.ok(thrown instanceof BuildError);
    assert.match(thrown.message, /"p\/q\/top\/out" would be written through a link/);
  });

  test("a link that takes the place of a folder leads no other link out", async (t) => {
    const { thrown } = await downloaded(t, (archive) => {
      folders(archive, "d", "d/e");
      link(archive, "d/e", "..");
      link(archive, "d/e/x", "../../victim");
    });
    assert.ok(thrown instanceof BuildError);
  });

  test("the folder itself is not replaced by a link", async (t) => {
    for (const name of ["./", ".", "a/.."]) {
      const { thrown, root } = await downloaded(t, (archive) => {
        folders(archive);
        link(archive, name, "victim");
      });
      assert.ok(thrown instanceof BuildError);
      assert.ok(lstatSync(join(root, "into")).isDirectory());
    }
  });

  test("a link whose steps upwards follow a name is brought as what it means, for the name may be a link", async (t) => {
    const { thrown, root } = await downloaded(t, (archive) => {
      folders(archive, "p", "p/q");
      link(archive, "p/q/top", "../..");
      link(archive, "escape", "p/q/top/../victim/file");
      link(archive, "slash/", "../victim/file");
      link(archive, "fine", "p/q");
      link(archive, "p/also", "../p/./q");
    });
    assert.equal(thrown, undefined);
    for (const name of ["escape", "slash"]) {
      assert.ok(lstatSync(join(root, "into", name)).isFile());
      assert.equal(readFileSync(join(root, "into", name), "utf8"), "theirs");
    }
    assert.ok(lstatSync(join(root, "into", "fine")).isSymbolicLink());
    assert.ok(lstatSync(join(root, "into", "p", "also")).isSymbolicLink());
    assert.ok(existsSync(join(root, "into", "p", "also")));
  });
});
