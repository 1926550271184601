// Builds the plugin of the tests with Go, once for each SDK, and installs it as Packer does.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("peer", import.meta.url));

/** The plugin with an SDK that knows Protocol Buffers, and with one that knows gob alone. */
export type Encoding = "protobuf" | "gob";

const modules: Readonly<Record<Encoding, string>> = { protobuf: "go.mod", gob: "gob.mod" };

/** The plugin's program. Built once for every state of its sources: other tests may be waiting for the same. */
export function buildPeer(encoding: Encoding): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(sources).sort()) {
    hash.update(file).update(readFileSync(join(sources, file)));
  }
  const program = join(tmpdir(), "packer-ts-plugins", `${hash.digest("hex").slice(0, 16)}-${encoding}`);
  if (!existsSync(program)) {
    mkdirSync(dirname(program), { recursive: true });
    const fresh = mkdtempSync(`${program}-`);
    try {
      const flags = ["-trimpath", "-mod=readonly", `-modfile=${modules[encoding]}`, "-ldflags", "-s -w"];
      const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };
      execFileSync("go", ["build", ...flags, "-o", join(fresh, "peer"), "."], { cwd: sources, env });
      renameSync(join(fresh, "peer"), program);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return program;
}

/** Where a plugin is installed. */
export interface Installed {
  /** For `PACKER_PLUGIN_PATH`. */
  readonly root: string;
  readonly program: string;
}

/** Installs the plugin `peer` into a folder that is gone after the test. */
export function installPeer(test: TestContext, encoding: Encoding): Installed {
  const root = mkdtempSync(join(tmpdir(), "packer-ts-plugins-root-"));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "example.com", "tests", "peer");
  mkdirSync(folder, { recursive: true });
  const system = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const program = join(folder, `packer-plugin-peer_v1.2.3_x5.0_${system}`);
  cpSync(buildPeer(encoding), program);
  writeSum(program);
  return { root, program };
}

/** Says beside a program which bytes it has. */
export function writeSum(program: string): void {
  writeFileSync(`${program}_SHA256SUM`, createHash("sha256").update(readFileSync(program)).digest("hex"));
}
