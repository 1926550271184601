// Which files may be read because a template, or a link in a checkout, names them.
import { lstatSync, readlinkSync, type Stats, statfsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from "node:path";

/** What a template has read, it can show to everybody who sees the log. */
export interface FileGate {
  /** Why nothing at this absolute path may be looked at for a template; `undefined` when it may, or when nothing is there. */
  refusal(path: string): FileRefusal | undefined;
  /** The same for a path that the person who started the command has written, so that only links can lead astray. */
  namedRefusal(path: string): FileRefusal | undefined;
  /** The same for what a build hands on without showing it, such as a file to upload: that can be a pipe, too. */
  handOnRefusal(path: string): FileRefusal | undefined;
}

export interface FileRefusal {
  /** What is wrong with the file, to go on after its name: `is a device`. */
  readonly reason: string;
  readonly hint: string;
}

export interface GateOptions {
  /** Absolute folders outside of which nothing is read; everywhere unless set. */
  readonly within?: readonly string[] | undefined;
  /** How to lift that. */
  readonly hint?: string | undefined;
}

/** Folders of the kernel: what lies there is the state of processes and devices, and keys of other programs are in it. */
const SYSTEM = ["/proc", "/sys", "/dev"];
/** File systems of that kind, wherever they are mounted: proc, sysfs, debugfs, tracefs, securityfs, cgroup, devpts. */
const SYSTEM_TYPES = new Set([0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x73636673, 0x27e0eb, 0x63677270, 0x1cd1]);
/** A disk in memory that programs keep ordinary files on. */
const MEMORY_DISK = "/dev/shm";
/** What a shell hands over: standard input, and the pipe of `<(command)`. */
const OPEN_FILE = /^\/(?:dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/;
const MOST_LINKS = 40;

/** Only regular files and folders, none of them the kernel's, and none outside of the folders. */
export function openFileGate({ within, hint = "" }: GateOptions = {}): FileGate {
  const roots = within?.map((folder) => followLinks(folder)?.path ?? folder);
  const isOutside = (path: string): boolean => roots !== undefined && !roots.some((root) => isIn(path, root));
  const outside = { reason: "lies outside of the workspace", hint };
  const refusal = (path: string): FileRefusal | undefined => {
    const found = followLinks(path);
    if (found === undefined) {
      return TANGLED;
    }
    if (found.isSystem) {
      return KERNEL;
    }
    return isOutside(found.path) ? outside : refuseKind(path);
  };
  return {
    refusal,
    namedRefusal: (path) => {
      if (within === undefined && OPEN_FILE.test(path)) {
        return undefined;
      }
      // Who points elsewhere means it; who points into the folders is not to be led out of them.
      if (roots === undefined || [...(within ?? []), ...roots].some((root) => isIn(path, root))) {
        return refusal(path);
      }
      const found = followLinks(path);
      if (found === undefined) {
        return TANGLED;
      }
      return found.isSystem ? KERNEL : refuseKind(path);
    },
    handOnRefusal: (path) => {
      const isPipe = lookAt(path)?.isFIFO() === true;
      if (isPipe && within === undefined && OPEN_FILE.test(path)) {
        return undefined;
      }
      const found = refusal(path);
      return found === NO_FILE && isPipe ? undefined : found;
    },
  };
}

const KERNEL = {
  reason: "belongs to the system: nothing is read below /proc, /sys and /dev",
  hint: "Copy what is needed to a file of its own.",
};
const NO_FILE = {
  reason: "is neither a file nor a folder",
  hint: "Only regular files are read: no devices, pipes or sockets.",
};
const TANGLED = { reason: "leads through too many links", hint: "Name the file that is meant." };

function refuseKind(path: string): FileRefusal | undefined {
  const facts = lookAt(path);
  if (facts === undefined || facts.isFile() || facts.isDirectory()) {
    return isOfKernel(path, facts) ? KERNEL : undefined;
  }
  return NO_FILE;
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isOfKernel(path: string, facts: Stats | undefined): boolean {
  if (facts === undefined || process.platform !== "linux") {
    return false;
  }
  try {
    return SYSTEM_TYPES.has(statfsSync(path).type);
  } catch {
    return false;
  }
}

/** Where a path leads, and whether the way there goes through a folder of the kernel; `undefined` for links in a circle. */
function followLinks(path: string): { readonly path: string; readonly isSystem: boolean } | undefined {
  let isSystem = isSystemPath(path);
  let links = 0;
  const { root } = parse(path);
  let at = root;
  const left = splitPath(path.slice(root.length));
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    // The parent of where a link has led, not of the link.
    const next = part === ".." ? dirname(at) : join(at, part);
    const target = part === ".." ? undefined : linkAt(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) {
      return undefined;
    }
    // A link of the kernel's need not lead to where it says.
    isSystem ||= isSystemPath(next);
    if (isAbsolute(target)) {
      at = parse(target).root;
    }
    left.unshift(...splitPath(target.slice(parse(target).root.length)));
  }
  return { path: at, isSystem: isSystem || isSystemPath(at) };
}

function splitPath(path: string): string[] {
  return path.split(sep === "\\" ? /[\\/]/ : "/").filter((part) => part !== "" && part !== ".");
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function isSystemPath(path: string): boolean {
  const clean = resolve(path);
  return !isIn(clean, MEMORY_DISK) && SYSTEM.some((folder) => isIn(clean, folder));
}

function isIn(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}
