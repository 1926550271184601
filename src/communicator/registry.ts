// Every communicator, one line each, sorted.
export { docker } from "./docker/docker.ts";
export { winrm } from "./winrm/winrm.ts";
