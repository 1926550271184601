// Where a path of a running container really lies. The engine copies past what it did not mount itself, such as memory:
// what is copied there is not seen inside, and ends up in the image under the mount.
import { posix } from "node:path";
import type { ContainerFacts, DockerContainer } from "../../driver/docker/container.ts";
import { KeptWords } from "./kept-words.ts";

/** A path with the links in its folder followed. */
export interface Place {
  readonly path: string;
  /** It is a folder. */
  readonly isFolder: boolean;
  /** Copying does not reach it; commands inside do. */
  readonly isHidden: boolean;
}

interface Look {
  /** The folder without links in its path; `undefined` when there is none. */
  readonly folder: string | undefined;
  readonly mountPoints: readonly string[];
}

/** Prints the folder without links in its path, then the table of mounts. The shell alone is enough for it. */
const LOOK = `if cd -- "$1" 2>/dev/null; then pwd -P; else echo; fi; while IFS= read -r line; do printf '%s\\n' "$line"; done < /proc/self/mountinfo`;

/** Mounted in every container. */
const ALWAYS = ["/", "/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/** The kernel's own, which nobody copies a folder to or from, and what the engine has in place for copying as well. */
const OTHERS = /^\/((proc|sys|dev)(\/|$)|etc\/(hosts|hostname|resolv\.conf)$)/;

export class Places {
  readonly #container: DockerContainer;
  #facts: Promise<ContainerFacts | undefined> | undefined;
  /** Folders that were looked at. Mounts change only where the container may mount. */
  readonly #seen = new Map<string, Look>();

  constructor(container: DockerContainer) {
    this.#container = container;
  }

  /** Where a file is, or would be made. */
  async of(path: string, signal: AbortSignal): Promise<Place> {
    const whole = posix.resolve("/", path);
    const parent = await this.#look(posix.dirname(whole), signal);
    const at = posix.join(parent.folder ?? posix.dirname(whole), posix.basename(whole));
    return { path: at, isFolder: false, isHidden: await this.#isHidden(at, parent.mountPoints, signal) };
  }

  /** Where a folder is, or would be made. */
  async ofFolder(path: string, signal: AbortSignal): Promise<Place> {
    const whole = posix.resolve("/", path);
    const { folder, mountPoints } = await this.#look(whole, signal);
    if (folder === undefined) {
      return this.of(whole, signal);
    }
    return { path: folder, isFolder: true, isHidden: await this.#isHidden(folder, mountPoints, signal) };
  }

  /** The mounts below a folder that copying does not reach, as paths from there. */
  async hiddenBelow(folder: string, signal: AbortSignal): Promise<readonly string[]> {
    const { mountPoints } = await this.#look(folder, signal);
    const visible = await this.#visible(signal);
    const prefix = folder === "/" ? "/" : `${folder}/`;
    return mountPoints
      .filter((point) => point.startsWith(prefix) && point !== "/" && !OTHERS.test(point) && !visible.includes(point))
      .map((point) => point.slice(prefix.length));
  }

  async #isHidden(path: string, mountPoints: readonly string[], signal: AbortSignal): Promise<boolean> {
    const around = mountPoints.filter((point) => point === "/" || path === point || path.startsWith(`${point}/`));
    const innermost = around.reduce((longest, point) => (point.length > longest.length ? point : longest), "/");
    return innermost !== "/" && !(await this.#visible(signal)).includes(innermost);
  }

  async #visible(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#known(signal))?.mounts ?? [];
  }

  #known(signal: AbortSignal): Promise<ContainerFacts | undefined> {
    this.#facts ??= this.#container.facts(signal);
    return this.#facts;
  }

  async #look(folder: string, signal: AbortSignal): Promise<Look> {
    const seen = this.#seen.get(folder);
    if (seen !== undefined) {
      return seen;
    }
    const facts = await this.#known(signal);
    const looked = (await this.#lookOutside(folder, facts, signal)) ?? (await this.#lookInside(folder, signal));
    const found = looked ?? { folder: undefined, mountPoints: facts?.tmpfs ?? [] };
    // A folder that is not there yet may be there, or be a link, the next time.
    if (facts?.mayMount === false && found.folder !== undefined) {
      this.#seen.set(folder, found);
    }
    return found;
  }

  /** As the engine sees it, which costs no command inside; `undefined` where more may be mounted than the engine tells. */
  async #lookOutside(
    folder: string,
    facts: ContainerFacts | undefined,
    signal: AbortSignal,
  ): Promise<Look | undefined> {
    if (facts === undefined || facts.tmpfs.length > 0 || facts.mayMount || facts.isForeign) {
      return undefined;
    }
    if (!(await this.#container.isFolderItself(folder, signal))) {
      return undefined;
    }
    return { folder, mountPoints: [...ALWAYS, ...facts.mounts] };
  }

  /** `undefined` where there is no shell to look with. */
  async #lookInside(folder: string, signal: AbortSignal): Promise<Look | undefined> {
    const said = new KeptWords();
    const io = { stdout: said.take, stderr: () => {} };
    try {
      const code = await this.#container.exec(
        { command: ["/bin/sh", "-c", LOOK, "sh", folder], user: "root" },
        io,
        signal,
      );
      if (code !== 0) {
        return undefined;
      }
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
    const [first = "", ...lines] = said.text().split("\n");
    return { folder: first === "" ? undefined : first, mountPoints: lines.flatMap(findMountPoint) };
  }
}

/** The fifth field of a line; blanks and the like are written as three octal digits. */
function findMountPoint(line: string): readonly string[] {
  const point = line.split(" ")[4];
  return point === undefined
    ? []
    : [point.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))];
}
