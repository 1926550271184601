// The folder of this user alone, for what a later run believes without a way of checking it: compiled code, the key of notes.
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

const OTHERS = 0o077;
/** A pipe that somebody put there must not be waited for. Windows has neither flag. */
const CAREFUL = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Never in `PACKER_CACHE_DIR`: that may lie in a checkout, or come out of a cache that others fill. */
export function findOwnFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const parent =
    process.platform === "win32"
      ? env["LOCALAPPDATA"]
      : env["XDG_CACHE_HOME"] || (env["HOME"] && join(env["HOME"], ".cache"));
  if (!parent || !isAbsolute(parent)) {
    return undefined;
  }
  const folder = join(parent, "packer-ts");
  const shared = env["PACKER_CACHE_DIR"];
  return shared && isInside(folder, resolve(shared)) ? undefined : folder;
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && !way.startsWith("..");
}

/** What a file of the folder holds; nothing when anybody else could have written it, or could see it. */
export function readPrivate(file: string): Buffer | undefined {
  const folder = lstatSync(dirname(file), { throwIfNoEntry: false });
  if (folder?.isDirectory() !== true || !isPrivate(folder)) {
    return undefined;
  }
  const handle = openSync(file, constants.O_RDONLY | CAREFUL);
  try {
    const found = fstatSync(handle);
    // A second name may be in a folder of somebody else's.
    return found.isFile() && found.nlink === 1 && isPrivate(found) ? readFileSync(handle) : undefined;
  } finally {
    closeSync(handle);
  }
}

/** Makes the folder, or makes it private; false where it is not ours to do so. */
export function makePrivateFolder(folder: string): boolean {
  if (!isOwnHome(dirname(folder))) {
    return false;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || !isOwn(found)) {
    return false;
  }
  if (!isPrivate(found)) {
    chmodSync(folder, 0o700);
  }
  return true;
}

/** Not so under sudo with the home of another: what we left there its owner could not change. */
function isOwnHome(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) {
    return dirname(folder) !== folder && isOwnHome(dirname(folder));
  }
  return isOwn(found);
}

/** Windows has no such numbers; there the folder lies where only the user can write. */
function isOwn(found: Stats): boolean {
  return process.getuid === undefined || found.uid === process.getuid();
}

function isPrivate(found: Stats): boolean {
  return process.getuid === undefined || (isOwn(found) && (found.mode & OTHERS) === 0);
}
