// One at a time: builds and processes that want the same file wait for the one that fetches it.
import { open, readFile, readlink, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import type { Host } from "../../host/host.ts";
import type { DownloadRun } from "./download-run.ts";

const LOOK_EVERY = 500;
/** The owner shows that it lives this often; one that cannot be looked at is given up after some beats. */
const BEAT = 10_000;
const SILENCE = 60_000;

interface Owner {
  readonly pid: number;
  readonly identity: string | undefined;
  /** Process numbers can be compared within it. */
  readonly machine: string;
  readonly token: string;
}

/** Runs `body` while nobody else holds the lock of `path`. The lock of an owner that has died is taken over. */
export async function withLock<T>(path: string, run: DownloadRun, body: () => Promise<T>): Promise<T> {
  const { host, ui, signal } = run;
  const lock = `${path}.owner`;
  const owner = await ownOwner(host);
  for (let isSaid = false; !(await take(lock, owner)); ) {
    signal.throwIfAborted();
    if (await clearStale(lock, host)) continue;
    if (!isSaid) ui.message(`Waiting for another build that fetches ${path}`);
    isSaid = true;
    await host.clock.sleep(LOOK_EVERY, signal);
  }
  const done = new AbortController();
  const beats = beat(lock, host, done.signal);
  try {
    return await body();
  } finally {
    done.abort();
    await beats;
    // Somebody may have taken it over while this machine slept.
    if ((await ownerOf(lock))?.token === owner.token) await rm(lock, { force: true });
  }
}

async function take(lock: string, owner: Owner): Promise<boolean> {
  try {
    const file = await open(lock, "wx");
    try {
      await file.writeFile(JSON.stringify(owner));
    } catch (thrown) {
      await rm(lock, { force: true });
      throw thrown;
    } finally {
      await file.close();
    }
    return true;
  } catch (thrown) {
    if (isCode(thrown, "EEXIST")) return false;
    throw thrown;
  }
}

async function beat(lock: string, { clock }: Host, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(BEAT, signal);
      const now = clock.now() / 1000;
      await utimes(lock, now, now);
    }
  } catch {
    // It is over, or the lock is gone.
  }
}

/** Removes a lock without a living owner; only one of those that wait does. */
async function clearStale(lock: string, host: Host): Promise<boolean> {
  if (!(await isStale(lock, host))) return false;
  const claim = `${lock}.claim`;
  try {
    await (await open(claim, "wx")).close();
  } catch (thrown) {
    if (!isCode(thrown, "EEXIST")) throw thrown;
    if ((await age(claim, host)) > SILENCE) await rm(claim, { force: true });
    return false;
  }
  try {
    if (await isStale(lock, host)) await rm(lock, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
  return true;
}

async function isStale(lock: string, host: Host): Promise<boolean> {
  const owner = await ownerOf(lock);
  if (owner !== undefined && owner.machine === (await machineOf(host)))
    return (await host.processTable.identity(owner.pid)) !== owner.identity;
  return (await age(lock, host)) > SILENCE;
}

async function ownerOf(lock: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(lock, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/** Milliseconds since a file was last touched; nothing for one that is gone. */
async function age(path: string, { clock }: Host): Promise<number> {
  try {
    return clock.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

async function ownOwner(host: Host): Promise<Owner> {
  const { own } = host.processTable;
  return { pid: own, identity: await host.processTable.identity(own), machine: await machineOf(host), token: host.random.uuid() };
}

/** Containers that share a folder number their processes on their own. */
async function machineOf({ platform }: Host): Promise<string> {
  const space = platform === "linux" ? await readlink("/proc/self/ns/pid").catch(() => "") : "";
  return `${hostname()}${space}`;
}

function isCode(thrown: unknown, code: string): boolean {
  return (thrown as NodeJS.ErrnoException).code === code;
}
