// The real outside world, on Node.
import { availableParallelism, homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readMessage } from "../diagnostic/build-error.ts";
import { createClock } from "./clock.ts";
import { openFileGate } from "./file-gate.ts";
import type { Host, LineCuts, Network, Processes, Random } from "./host.ts";
import { openProcessTable } from "./process-table.ts";

/** The machine this process runs on. */
export function nodeHost(env: Readonly<Record<string, string | undefined>> = process.env, cuts?: LineCuts): Host {
  return Object.freeze({
    processes: makeNodeProcesses(env, cuts),
    processTable: openProcessTable(env),
    network: makeNodeNetwork(env),
    clock: nodeClock,
    random: nodeRandom,
    env,
    platform: process.platform,
    arch: process.arch,
    cores: availableParallelism(),
    cwd: process.cwd(),
    tempDir: env["PACKER_TMP_DIR"] || env["TMPDIR"] || tmpdir(),
    cacheDir: findCacheDir(env),
    homeDir: homedir(),
    seal: nodeSeal(env),
    files: openFileGate(),
  });
}

/** As newer Packer: the user's cache folder, not the one beside the template. Windows has no such custom there. */
function findCacheDir(env: Host["env"]): string {
  const user = process.platform === "win32" ? undefined : env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return resolve(env["PACKER_CACHE_DIR"] || (user === undefined ? "packer_cache" : join(user, "packer")));
}

function nodeSeal(env: Host["env"]): Host["seal"] {
  let opened: Promise<(text: string) => string> | undefined;
  return async (text) => {
    opened ??= import("./own-key.ts").then(({ openSeal }) => openSeal(env));
    return (await opened)(text);
  };
}

function makeNodeProcesses(env: Host["env"], cuts: LineCuts | undefined): Processes {
  const load = async (): Promise<Processes> => (await import("./node-processes.ts")).makeNodeProcesses(env, cuts);
  return {
    start: async (...args) => (await load()).start(...args),
    run: async (...args) => (await load()).run(...args),
  };
}

function makeNodeNetwork(env: Host["env"]): Network {
  let loaded: Promise<Network> | undefined;
  const load = (): Promise<Network> => {
    loaded ??= import("./node-network.ts").then(({ openNetwork }) => openNetwork(env, nodeClock));
    return loaded;
  };
  return {
    resolve: async (...args) => (await load()).resolve(...args),
    connect: async (...args) => (await load()).connect(...args),
    secure: async (...args) => (await load()).secure(...args),
    listen: async (...args) => (await load()).listen(...args),
    interfaces: async () => (await load()).interfaces(),
    fetch: async (...args) => (await load()).fetch(...args),
    proxyFor: async (...args) => (await load()).proxyFor(...args),
    tunnel: async (...args) => (await load()).tunnel(...args),
  };
}

const nodeClock = createClock({
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      // A timer holds at most 2^31 - 1 milliseconds; longer waits are taken in pieces.
      for (let left = milliseconds; left > 0; left -= 2 ** 30) {
        await wait(Math.min(left, 2 ** 30), undefined, signal === undefined ? {} : { signal });
      }
    } catch (thrown) {
      if (signal?.aborted) {
        throw signal.reason;
      }
      throw new Error(`Waiting failed: ${readMessage(thrown)}`);
    }
    signal?.throwIfAborted();
  },
});

/** The platform's own generator: it is there without loading Node's crypto module. */
const nodeRandom: Random = {
  bytes: (length) => {
    const bytes = new Uint8Array(length);
    for (let from = 0; from < length; from += 65_536) {
      crypto.getRandomValues(bytes.subarray(from, from + 65_536));
    }
    return bytes;
  },
  uuid: () => crypto.randomUUID(),
  integer: (below) => {
    // Numbers from the incomplete last round would make small results likelier.
    const limit = Math.floor(2 ** 53 / below) * below;
    for (;;) {
      const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
      const number = (high >>> 11) * 2 ** 32 + low;
      if (number < limit) {
        return number % below;
      }
    }
  },
};
