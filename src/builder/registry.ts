// Every builder, one line each, sorted.
export { file } from "./file/file.ts";
export { nullBuilder } from "./null/null.ts";
