// A container whose shell does not stop talking: it is ended, and its words do not fill the memory.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import type { DockerContainer, ExecIo } from "../../driver/docker/container.ts";
import { writeFolderInside, writeInside } from "./inside.ts";
import { chown } from "./owner.ts";
import { Places } from "./places.ts";

const signal = new AbortController().signal;

/** Its commands say the same for ever, on one stream or the other, until nobody takes it any more. */
function talkative(stream: "stdout" | "stderr"): DockerContainer & { readonly bytes: () => number } {
  let bytes = 0;
  const unused = (): never => assert.fail("not asked for here");
  return {
    ...{ id: "c", over: "socket", facts: async () => undefined, image: async () => undefined },
    ...{ copyIn: unused, copyOut: unused, sizeAt: async () => undefined, commit: unused, remove: unused },
    isFolderItself: async () => false,
    bytes: () => bytes,
    async exec(_: unknown, io: ExecIo) {
      for (;;) {
        bytes += 65_536;
        await io[stream](Buffer.alloc(65_536, "x"));
      }
    },
  };
}

describe("communicator/docker/kept-words", () => {
  test("an owner that cannot be set is told in the words of the container", async () => {
    const exec = async (_: unknown, io: ExecIo): Promise<number> => {
      await io.stderr(Buffer.from("chown: unknown user nobody-here\n"));
      return 1;
    };
    await rejectsWith(chown({ ...talkative("stderr"), exec }, "nobody-here", "/x", signal), {
      code: "docker/owner",
      message: /\nchown: unknown user nobody-here$/,
    });
  });

  test("what belongs to a transfer and does not stop talking is ended", async () => {
    const told = { code: "docker/exec", message: /does not stop talking/ };
    const file = { size: 0, mode: 0o644, uid: 0, gid: 0, modified: new Date(0), content: (async function* () {})() };
    for (const stream of ["stdout", "stderr"] as const) {
      const container = talkative(stream);
      await rejectsWith(chown(container, "root", "/x", signal), told);
      await assert.rejects(writeInside(container, "/x", file, signal), /does not stop talking/);
      await assert.rejects(writeFolderInside(container, "/etc/apt", "/x", signal), /does not stop talking/);
      assert.ok(container.bytes() < 10_000_000);
    }
  });

  test("a look at mounts that does not end is none", async () => {
    const place = await new Places(talkative("stdout")).of("/tmp/x", signal);
    assert.deepEqual(place, { path: "/tmp/x", isFolder: false, isHidden: false });
  });
});
