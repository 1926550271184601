// Every provisioner, one line each, sorted.
export { breakpoint } from "./breakpoint/breakpoint.ts";
export { file } from "./file/file.ts";
export { shell } from "./shell/shell.ts";
export { shellLocal } from "./shell-local/shell-local.ts";
export { sleep } from "./sleep/sleep.ts";
