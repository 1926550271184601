// Every post-processor, one line each, sorted.
export { artifice } from "./artifice/artifice.ts";
export { checksum } from "./checksum/checksum.ts";
export { compress } from "./compress/compress.ts";
export { manifest } from "./manifest/manifest.ts";
