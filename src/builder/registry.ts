// Every builder, one line each, sorted.
export { docker } from "./docker/docker.ts";
export { file } from "./file/file.ts";
export { nullBuilder } from "./null/null.ts";
export { qemu } from "./qemu/qemu.ts";
