// All commands, sorted by name.
export { build } from "./build/build.ts";
export { fmt } from "./fmt/fmt.ts";
export { hcl2Upgrade } from "./hcl2-upgrade/hcl2-upgrade.ts";
export { inspect } from "./inspect/inspect.ts";
export { reap } from "./reap/reap.ts";
export { validate } from "./validate/validate.ts";
export { version } from "./version/version.ts";
