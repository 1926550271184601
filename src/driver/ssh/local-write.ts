// Guards what a remote machine may make on this one.
import { transferFailure } from "./transfer.ts";

/** A file name that came from the other side; refused when it would lead out of its folder. */
export function chooseLocalName(name: string, what: string): string {
  if (
    name === "" ||
    name === "." ||
    name === ".." ||
    name.includes("/") ||
    name.includes("\0") ||
    (process.platform === "win32" && name.includes("\\"))
  ) {
    throw transferFailure(
      what,
      `The remote machine sent the file name ${JSON.stringify(name)}, which leads out of the folder.`,
    );
  }
  return name;
}
