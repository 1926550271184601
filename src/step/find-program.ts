// Whether a program is there before it is needed, by the same rules as the operating system finds it.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type BuildError, failure } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";

type Place = Pick<Host, "env" | "cwd" | "platform">;

/** True also where it cannot be told. */
export function isProgramThere(name: string, { env, cwd, platform }: Place): boolean {
  const isWindows = platform === "win32";
  const endings = isWindows ? ["", ...(env["PATHEXT"] ?? ".EXE;.CMD;.BAT").split(";")] : [""];
  const isHere = (path: string): boolean => endings.some((ending) => isRunnable(`${path}${ending}`));
  if (/[\\/]/.test(isWindows ? name : name.replaceAll("\\", ""))) {
    return isHere(resolve(cwd, name));
  }
  const path = Object.entries(env).find(
    ([variable]) => (isWindows ? variable.toUpperCase() : variable) === "PATH",
  )?.[1];
  return path === undefined || path.split(delimiter).some((folder) => isHere(join(folder || cwd, name)));
}

/** The failure that starting it would end with. */
export function programMissing(name: string): BuildError {
  return failure("environment", "host/command-missing", `The program "${name}" was not found`, {
    hint: `Install "${name}" or put its folder on PATH.`,
  });
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
