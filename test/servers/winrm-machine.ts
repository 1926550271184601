// The machine behind the test server: files, folders and programs. Programs are found by their command line.
import { posix } from "node:path";

export interface ProgramCall {
  readonly commandLine: string;
  /** The parts of the command line that the program's pattern captured. */
  readonly groups: readonly string[];
  readonly stdin: AsyncIterable<Buffer>;
  readonly signal: AbortSignal;
  readonly environment: Map<string, string>;
  stdout(data: string | Uint8Array): void;
  stderr(data: string | Uint8Array): void;
}

export type Program = (call: ProgramCall) => number | Promise<number>;

const HOME = "C:\\Users\\vagrant";
export const MACHINE_ENVIRONMENT: Readonly<Record<string, string>> = {
  TEMP: `${HOME}\\AppData\\Local\\Temp`,
  USERPROFILE: HOME,
  SYSTEMROOT: "C:\\Windows",
  WINDIR: "C:\\Windows",
  COMPUTERNAME: "WINBOX",
  SYSTEMDRIVE: "C:",
};

/** Files by path, and programs by command line. Paths are compared without case, as Windows does. */
export class Machine {
  readonly files = new Map<string, Buffer>();
  readonly folders = new Set<string>([
    "c:",
    "c:\\windows",
    "c:\\windows\\temp",
    HOME.toLowerCase(),
    `${HOME}\\AppData\\Local\\Temp`.toLowerCase(),
  ]);
  /** Registry keys that exist, in lower case. */
  readonly registry = new Set<string>();
  /** Everything that was run, in order. */
  readonly history: string[] = [];
  readonly #programs: [RegExp, Program][] = [];
  readonly #names = new Map<string, string>();

  /** Adds a program; later ones are asked first. */
  program(pattern: RegExp, program: Program): void {
    this.#programs.unshift([pattern, program]);
  }

  /** Runs a command line; what is unknown ends as cmd.exe ends it. */
  async run(commandLine: string, call: Omit<ProgramCall, "commandLine" | "groups">): Promise<number> {
    this.history.push(commandLine);
    for (const [pattern, program] of this.#programs) {
      const match = pattern.exec(commandLine);
      if (match !== null) {
        return program({ ...call, commandLine, groups: match.slice(1).map((group) => group ?? "") });
      }
    }
    const name = commandLine.trim().split(/\s/)[0] ?? "";
    call.stderr(
      `'${name}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`,
    );
    return 9009;
  }

  /** The full path in Windows' spelling: variables expanded, relative paths in the home folder. */
  path(path: string): string {
    const expanded = path
      .replace(
        /%(\w+)%|\$env:(\w+)/gi,
        (whole, a?: string, b?: string) => MACHINE_ENVIRONMENT[(a ?? b ?? "").toUpperCase()] ?? whole,
      )
      .replaceAll("\\", "/");
    const absolute = /^[a-z]:/i.test(expanded) ? expanded : `${HOME.replaceAll("\\", "/")}/${expanded}`;
    return posix.normalize(absolute).replace(/\/$/, "").replaceAll("/", "\\");
  }

  read(path: string): Buffer | undefined {
    return this.files.get(this.path(path).toLowerCase());
  }

  write(path: string, content: Uint8Array): void {
    const full = this.path(path);
    this.files.set(full.toLowerCase(), Buffer.from(content));
    this.#names.set(full.toLowerCase(), full);
    this.addFolder(full.slice(0, full.lastIndexOf("\\")));
  }

  append(path: string, content: Uint8Array): void {
    this.write(path, Buffer.concat([this.read(path) ?? Buffer.alloc(0), content]));
  }

  remove(path: string): boolean {
    return this.files.delete(this.path(path).toLowerCase());
  }

  addFolder(path: string): void {
    for (let folder = this.path(path); folder.includes("\\"); folder = folder.slice(0, folder.lastIndexOf("\\"))) {
      this.folders.add(folder.toLowerCase());
      this.#names.set(folder.toLowerCase(), folder);
    }
  }

  isFolder(path: string): boolean {
    return this.folders.has(this.path(path).toLowerCase());
  }

  /** Paths below a folder, with `\` and relative to it; folders end in `\`. */
  below(path: string): string[] {
    const root = `${this.path(path)}\\`.toLowerCase();
    const inside = (full: string): boolean => full.startsWith(root);
    const name = (full: string): string => (this.#names.get(full) ?? full).slice(root.length);
    return [
      ...[...this.folders].filter(inside).map((full) => `${name(full)}\\`),
      ...[...this.files.keys()].filter(inside).map(name),
    ].sort();
  }
}
