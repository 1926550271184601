// Every communicator, one line each, sorted.
export { docker } from "./docker/docker.ts";
export { none } from "./none/none.ts";
export { ssh } from "./ssh/ssh.ts";
export { winrm } from "./winrm/winrm.ts";
