// Every post-processor, one line each, sorted.
export { artifice } from "./artifice/artifice.ts";
export { checksum } from "./checksum/checksum.ts";
export { compress } from "./compress/compress.ts";
export { dockerImport } from "./docker-import/docker-import.ts";
export { dockerPush } from "./docker-push/docker-push.ts";
export { dockerSave } from "./docker-save/docker-save.ts";
export { dockerTag } from "./docker-tag/docker-tag.ts";
export { manifest } from "./manifest/manifest.ts";
export { shellLocal } from "./shell-local/shell-local.ts";
