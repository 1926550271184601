// Seals texts, so that this user's programs know again what they have written where others can write, too.
import { createHmac, randomBytes } from "node:crypto";
import { linkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOwnFolder, makePrivateFolder, readPrivate } from "./own-folder.ts";

const LENGTH = 32;

/** A function that seals texts with the user's key. Without a folder for one the key lasts as long as this process. */
export function openSeal(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const folder = findOwnFolder(env);
  const key = (folder === undefined ? undefined : takeKey(folder)) ?? randomBytes(LENGTH);
  return (text) => createHmac("sha256", key).update(text).digest("hex");
}

function takeKey(folder: string): Buffer | undefined {
  const file = join(folder, "notes.key");
  try {
    return readKey(file) ?? makeKey(folder, file);
  } catch {
    return undefined;
  }
}

function readKey(file: string): Buffer | undefined {
  try {
    const key = readPrivate(file);
    return key?.length === LENGTH ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Under its name the key is whole from the start, and the first of two programs wins. */
function makeKey(folder: string, file: string): Buffer | undefined {
  if (!makePrivateFolder(folder)) {
    return undefined;
  }
  const begun = `${file}.${process.pid}-${randomBytes(4).toString("hex")}`;
  writeFileSync(begun, randomBytes(LENGTH), { flag: "wx", mode: 0o600 });
  try {
    linkSync(begun, file);
  } catch {
    // Somebody else was faster, or what is there is not to be believed.
  } finally {
    unlinkSync(begun);
  }
  return readKey(file);
}
