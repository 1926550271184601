// Every provisioner, one line each, sorted.
export { breakpoint } from "./breakpoint/breakpoint.ts";
export { file } from "./file/file.ts";
export { powershell } from "./powershell/powershell.ts";
export { shell } from "./shell/shell.ts";
export { shellLocal } from "./shell-local/shell-local.ts";
export { sleep } from "./sleep/sleep.ts";
export { windowsRestart } from "./windows-restart/windows-restart.ts";
export { windowsShell } from "./windows-shell/windows-shell.ts";
