// What V8 made of the program's chunks, kept from one run to the next: compiling is the larger half of a short run.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";
import zlib from "node:zlib";
import { makePrivateFolder, readPrivate } from "../host/own-folder.ts";

/** Compiled code by the name of its chunk. */
export type CompiledChunks = ReadonlyMap<string, Uint8Array>;

interface Index {
  /** The bundle the code was made of. */
  readonly edition: string;
  readonly chunks: readonly (readonly [name: string, bytes: number])[];
}

/** V8 wants its data to start where a pointer could. */
const GRID = 8;
/** A file begins with the sum of all that follows, and the length of its index. */
const SUM = 4;
const HEAD = SUM + 4;

/** Reads what an earlier run of the same edition left; nothing when there is none, or when somebody else could have written it. */
export function readCompiled(file: string, edition: string): CompiledChunks {
  const chunks = new Map<string, Uint8Array>();
  try {
    const bytes = readPrivate(file);
    if (bytes === undefined || bytes.readUInt32LE(0) !== computeSum(bytes.subarray(SUM))) {
      return chunks;
    }
    const start = HEAD + bytes.readUInt32LE(SUM);
    const index = JSON.parse(bytes.toString("utf8", HEAD, start)) as Index;
    if (index.edition !== edition) {
      return chunks;
    }
    let at = alignToGrid(start);
    for (const [name, length] of index.chunks) {
      chunks.set(name, bytes.subarray(at, at + length));
      at = alignToGrid(at + length);
    }
  } catch {
    return new Map();
  }
  return chunks;
}

/** Keeps compiled code for the next run. A cache that cannot be written is none. */
export function writeCompiled(file: string, edition: string, chunks: CompiledChunks): void {
  const started = `${file}.${process.pid}`;
  try {
    if (!makePrivateFolder(dirname(file))) {
      return;
    }
    const handle = openSync(started, "wx", 0o600);
    try {
      writeFileSync(
        handle,
        packCache({ edition, chunks: [...chunks].map(([name, code]) => [name, code.length] as const) }, chunks),
      );
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(started, file);
  } catch {
    forget(started);
  }
}

function forget(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It never came to be.
  }
}

interface Loaded {
  exports: unknown;
}

/**
 * Lets the first chunk that is required, and all that it requires, come from the cache; keeps at the end of the run what was not in it.
 * Chunks lie beside each other, so finding them needs none of the steps of Node, which cost as much as running them.
 */
export function keepCompiled(require: NodeJS.Require, folder: string, file: string | undefined, edition: string): void {
  const known = file === undefined ? new Map<string, Uint8Array>() : readCompiled(file, edition);
  const scripts = new Map<string, Script>();
  const loaded = new Map<string, Loaded>();
  let isNew = false;
  const compile = (name: string): Script => {
    const filename = join(folder, name);
    const cachedData = known.get(name);
    const text = `(function(exports,require,module,__filename,__dirname){${readFileSync(filename, "utf8")}\n})`;
    const script = new Script(text, cachedData === undefined ? { filename } : { filename, cachedData });
    if (script.cachedDataRejected !== false) {
      isNew = true;
    }
    scripts.set(name, script);
    return script;
  };
  const run = (name: string, module: Loaded): void => {
    loaded.set(name, module);
    compile(name).runInThisContext()(module.exports, requireChunk, module, join(folder, name), folder);
  };
  const requireChunk = (id: string): unknown => {
    if (!id.startsWith("./")) {
      return require(id);
    }
    const name = id.slice(2);
    const module = loaded.get(name) ?? { exports: {} };
    if (!loaded.has(name)) {
      run(name, module);
    }
    return module.exports;
  };
  const plain = require.extensions[".js"];
  require.extensions[".js"] = (module, filename) => {
    if (dirname(filename) === folder) {
      run(basename(filename), module);
    } else {
      plain?.(module, filename);
    }
  };
  process.once("exit", () => {
    if (!isNew || file === undefined) {
      return;
    }
    const all = new Map(known);
    for (const [name, script] of scripts) {
      all.set(name, script.createCachedData());
    }
    writeCompiled(file, edition, all);
  });
}

function packCache(index: Index, chunks: CompiledChunks): Buffer {
  const text = Buffer.from(JSON.stringify(index));
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(text.length, SUM);
  const parts: Uint8Array[] = [head, text];
  let at = HEAD + text.length;
  for (const chunk of chunks.values()) {
    const gap = alignToGrid(at) - at;
    parts.push(Buffer.alloc(gap), chunk);
    at += gap + chunk.length;
  }
  const bytes = Buffer.concat(parts);
  bytes.writeUInt32LE(computeSum(bytes.subarray(SUM)), 0);
  return bytes;
}

/** V8 believes what it is given: damaged code would run. The first versions of Node 20 cannot sum and go without a cache. */
function computeSum(bytes: Uint8Array): number {
  return zlib.crc32(bytes);
}

function alignToGrid(offset: number): number {
  return Math.ceil(offset / GRID) * GRID;
}
