// Parts of Node that take their time to load, for the few templates that need them. Functions cannot wait for an import.

export function nodeCrypto(): typeof import("node:crypto") {
  return typeof require === "function" ? require("node:crypto") : process.getBuiltinModule("node:crypto");
}

export function nodeZlib(): typeof import("node:zlib") {
  return typeof require === "function" ? require("node:zlib") : process.getBuiltinModule("node:zlib");
}
