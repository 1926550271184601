// All commands, sorted by name.
export { build } from "./build/build.ts";
export { fmt } from "./fmt/fmt.ts";
export { inspect } from "./inspect/inspect.ts";
export { validate } from "./validate/validate.ts";
export { version } from "./version/version.ts";
