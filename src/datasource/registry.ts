// Every data source, one line each, sorted.
export { http } from "./http/http.ts";
export { nullSource } from "./null/null.ts";
