// What Debian's packer gives a machine: its qemu builder with a program in QEMU's place that copies the disks away and waits.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { folderWith, packer } from "../packer-ts.ts";

const QEMU = `#!/bin/sh
case "$1" in -version|--version) echo "QEMU emulator version 7.2.0"; exit 0;; esac
for argument do
  [ "$last" = -fda ] && cp "$argument" "$TAKEN/floppy.img"
  case "$argument" in file=*/tmp/packer*.iso,media=cdrom) copy=\${argument#file=}; cp "\${copy%%,*}" "$TAKEN/cd.iso";; esac
  last=$argument
done
touch "$TAKEN/started"
while [ -e "$TAKEN" ]; do sleep 0.2; done
`;

export interface PackerMedia {
  /** Images of the disks that the machine got. */
  readonly floppy: string | undefined;
  readonly cd: string | undefined;
  /** Port of the HTTP server; 0 without one. */
  readonly port: number;
  /** What packer has printed. */
  readonly output: string;
}

/** Builds in `cwd` until the machine runs, or the build has failed, and calls `use` meanwhile. */
export async function withPackerMedia(
  t: TestContext,
  cwd: string,
  options: Readonly<Record<string, unknown>>,
  use: (media: PackerMedia) => Promise<void> | void,
): Promise<void> {
  const place = folderWith(t, { "x.iso": "an installer" });
  const [taken, temporary] = [join(place, "taken"), join(place, "tmp")];
  for (const path of [taken, temporary]) {
    mkdirSync(path);
  }
  for (const [name, script] of Object.entries({ qemu: QEMU, "qemu-img": "#!/bin/sh\n" })) {
    writeFileSync(join(place, name), script, { mode: 0o755 });
  }
  const builder = {
    type: "qemu",
    qemu_binary: join(place, "qemu"),
    output_directory: join(place, "output"),
    iso_url: join(place, "x.iso"),
    iso_checksum: "none",
    communicator: "none",
    headless: true,
    disable_vnc: true,
    boot_wait: "-1s",
    ...options,
  };
  writeFileSync(join(place, "t.json"), JSON.stringify({ builders: [builder] }));
  let output = "";
  const env = {
    HOME: place,
    TMPDIR: temporary,
    TAKEN: taken,
    PATH: `${place}:${process.env["PATH"]}`,
    PACKER_CACHE_DIR: join(place, "cache"),
  };
  const stopped = new AbortController();
  const ended = packer(["build", "-color=false", join(place, "t.json")], {
    cwd,
    env,
    started: (child) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
      stopped.signal.addEventListener("abort", () => child.kill("SIGINT"));
    },
  });
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  try {
    while (!isOver && !existsSync(join(taken, "started"))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const on = (name: string): string | undefined =>
      readdirSync(taken).includes(name) ? join(taken, name) : undefined;
    const port = Number(/Starting HTTP server on port (\d+)/.exec(output)?.[1] ?? 0);
    await use({ floppy: on("floppy.img"), cd: on("cd.iso"), port, output });
  } finally {
    stopped.abort();
    rmSync(taken, { recursive: true, force: true });
    await ended;
  }
}

/** The lines about a disk that packer printed as details. */
export function details(output: string): readonly string[] {
  const lines = output.split("\n").filter((line) => line.startsWith("    qemu: "));
  assert.ok(lines.length > 0, output);
  return lines.map((line) => line.slice("    qemu: ".length));
}
