// Parts of Node that take their time to load, for the few templates that need them. Functions cannot wait for an import.
import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

export function nodeCrypto(): typeof import("node:crypto") {
  return load("node:crypto");
}

export function nodeZlib(): typeof import("node:zlib") {
  return load("node:zlib");
}
