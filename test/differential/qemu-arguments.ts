// What the programs of qemu are asked to do: stand-ins that write their arguments down, and those arguments without what differs.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { folderWith } from "../packer-ts.ts";
import { normal } from "./normal.ts";
import type { Side } from "./side-by-side.ts";

/** Writes its arguments to `$HOME/asked`, one file for each call, in the order of the calls. */
const WRITES = `#!/bin/sh
mkdir -p "$HOME/asked"
for argument; do printf '%s\\0' "$argument"; done >"$HOME/asked/$(date +%s%N)-NAME-$$"
`;

/** Stand-ins for qemu's programs. */
export interface Recorders {
  /** Writes and fails at once. */
  readonly failing: string;
  /** Writes, runs for as long as Packer watches a machine start, and ends as one does that is switched off. */
  readonly ending: string;
  /** A folder with a `qemu-img` that writes and does what it is asked. */
  readonly bin: string;
}

/** Makes them for one test. */
export function recorders(t: TestContext): Recorders {
  const real = (name: string): string =>
    spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  const script = (name: string, then: string): string => `${WRITES.replace("NAME", name)}${then}\n`;
  // Packer asks for the version first.
  const version = `[ "$1" = -version ] && exec ${real("qemu-system-x86_64")} -version`;
  const folder = folderWith(t, {
    failing: script("qemu", `${version}\nexit 1`),
    ending: script("qemu", `${version}\nexec sleep 3`),
    "bin/qemu-img": script("img", `exec ${real("qemu-img")} "$@"`),
  });
  spawnSync("chmod", ["-R", "755", folder]);
  return { failing: join(folder, "failing"), ending: join(folder, "ending"), bin: join(folder, "bin") };
}

/** What one build asked for. */
export interface Asked {
  /** Each switch of the machine with its value, sorted: Packer gives them in no fixed order. */
  readonly machine: readonly string[];
  /** Each call of qemu-img, in order. */
  readonly images: readonly string[];
}

/** What a side asked for in the build of one machine, whose name is the name of its disks too. */
export function askedOf({ place }: Side, machine: string): Asked {
  const root = join(place.folder, "..");
  const folder = join(root, "home/asked");
  const calls = (existsSync(folder) ? readdirSync(folder) : []).sort().map((file) => {
    const words = readFileSync(join(folder, file), "utf8").split("\0").slice(0, -1);
    return { of: file.split("-")[1], words: words.map((word) => withoutPorts(normal(word, root))) };
  });
  const own = calls.filter(({ words }) => words.some((word) => new RegExp(`(^|[/=])${machine}(,|-\\d|$)`).test(word)));
  return {
    machine: own
      .filter(({ of }) => of === "qemu")
      .flatMap(({ words }) => pairs(words))
      .sort(),
    images: own.filter(({ of }) => of === "img").map(({ words }) => words.join(" ")),
  };
}

/** A switch together with its value. */
function pairs(words: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (const word of words) {
    if (word.startsWith("-") || result.length === 0) {
      result.push(word);
    } else {
      result.push(`${result.pop()} ${word}`);
    }
  }
  return result;
}

function withoutPorts(word: string): string {
  return word
    .replace(/hostfwd=tcp:([^:]*):\d+-/, "hostfwd=tcp:$1:PORT-")
    .replace(/^((?:[\d.]+|\[[\da-f:]+\]|):)\d+(?=$|,)/, "$1DISPLAY")
    .replace(/ROOT\/tmp\/packer-qmp[0-9a-f]+\/socket/, "SHORT-SOCKET")
    .replace(/ROOT\/tmp\/packer(?:-media[0-9a-f]+\/\w+\.(?:iso|img)|\d+(?:\.iso)?)/, "TEMPORARY");
}
