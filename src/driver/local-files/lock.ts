// One at a time: builds and processes that want the same file wait for the one that has it.
import { open, readFile, readlink, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

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

/** A lock and how it is waited for. */
export interface LockRequest {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** The file that is the lock. */
  readonly lock: string;
  /** Milliseconds between two looks. */
  readonly lookEvery: number;
  /** Milliseconds after which it fails; without it there is no end but the signal's. */
  readonly limit?: number | undefined;
  /** Milliseconds after which a lock is given up whose owner is unknown and silent; a minute unless set. */
  readonly silence?: number | undefined;
  /** Tells this lock from all others; random unless set. */
  readonly token?: string | undefined;
  /** Called once when somebody else has it. */
  waiting?(): void;
}

/** Runs `body` while nobody else holds the lock. The lock of an owner that has died is taken over; only its owner removes it. */
export async function withLock<T>(request: LockRequest, body: () => Promise<T>): Promise<T> {
  const { host, lock } = request;
  const owner = await makeOwnOwner(host, request.token ?? host.random.uuid());
  await waitFor(request, owner);
  const done = new AbortController();
  const beats = beat(lock, host, done.signal);
  try {
    return await body();
  } finally {
    done.abort();
    await beats;
    await release(lock, owner.token);
  }
}

/** Removes a lock if it is still this one: somebody may have taken it over while this machine slept. */
export async function release(lock: string, token: string): Promise<void> {
  if ((await readOwner(lock))?.token === token) {
    await rm(lock, { force: true });
  }
}

async function waitFor(request: LockRequest, owner: Owner): Promise<void> {
  const { host, signal, lock, lookEvery, limit, silence = SILENCE } = request;
  const began = host.clock.elapsed();
  for (let isSaid = false; !(await take(lock, owner)); ) {
    signal.throwIfAborted();
    if (await clearStale(lock, host, silence)) {
      continue;
    }
    if (limit !== undefined && host.clock.elapsed() - began >= limit) {
      throw await explainLocked(lock, limit);
    }
    if (!isSaid) {
      request.waiting?.();
    }
    isSaid = true;
    await host.clock.sleep(lookEvery, signal);
  }
}

async function explainLocked(lock: string, limit: number): Promise<Error> {
  const pid = (await readOwner(lock))?.pid;
  return failure(
    "environment",
    "host/locked",
    `Another program has held ${lock} for ${Math.round(limit / 1000)} seconds`,
    {
      detail: pid === undefined ? "It does not say who it is." : `It is process ${pid}.`,
      hint: "When no other build is running, remove the file.",
    },
  );
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
    if (isCode(thrown, "EEXIST")) {
      return false;
    }
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
async function clearStale(lock: string, host: Host, silence: number): Promise<boolean> {
  if (!(await isStale(lock, host, silence))) {
    return false;
  }
  const claim = `${lock}.claim`;
  try {
    await (await open(claim, "wx")).close();
  } catch (thrown) {
    if (!isCode(thrown, "EEXIST")) {
      throw thrown;
    }
    if ((await measureAge(claim, host)) > silence) {
      await rm(claim, { force: true });
    }
    return false;
  }
  try {
    if (await isStale(lock, host, silence)) {
      await rm(lock, { force: true });
    }
  } finally {
    await rm(claim, { force: true });
  }
  return true;
}

async function isStale(lock: string, host: Host, silence: number): Promise<boolean> {
  const owner = await readOwner(lock);
  if (owner !== undefined && owner.machine === (await readMachine(host))) {
    return (await host.processTable.identity(owner.pid)) !== owner.identity;
  }
  return (await measureAge(lock, host)) > silence;
}

async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(lock, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/** Milliseconds since a file was last touched; nothing for one that is gone. */
async function measureAge(path: string, { clock }: Host): Promise<number> {
  try {
    return clock.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

async function makeOwnOwner(host: Host, token: string): Promise<Owner> {
  const { own } = host.processTable;
  return { pid: own, identity: await host.processTable.identity(own), machine: await readMachine(host), token };
}

/** Containers that share a folder number their processes on their own. */
async function readMachine({ platform }: Host): Promise<string> {
  const space = platform === "linux" ? await readlink("/proc/self/ns/pid").catch(() => "") : "";
  return `${hostname()}${space}`;
}

function isCode(thrown: unknown, code: string): boolean {
  return (thrown as NodeJS.ErrnoException).code === code;
}
