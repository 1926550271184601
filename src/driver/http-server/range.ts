// The Range header of HTTP, as far as one part of a file is asked for. RFC 9110, section 14.

/** Bytes from `start` up to but not including `end`; the whole file; a header that cannot be read; a part behind the end of the file. */
export type Range = { readonly start: number; readonly end: number } | "whole" | "wrong" | "beyond";

/**
 * The part of a file of `size` bytes that a Range header asks for.
 * Several parts at once are answered with the whole file, which the standard allows: no installer asks for them.
 */
export function parseRange(header: string | undefined, size: number): Range {
  if (header === undefined || /^(?:bytes=)?$|^bytes=.*,/.test(header)) {
    return "whole";
  }
  const [, first, last] = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(header) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) {
    return "wrong";
  }
  if (first === "") {
    const start = Math.max(0, size - Number(last));
    return start === size ? "beyond" : { start, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) {
    return "wrong";
  }
  if (start >= size) {
    return "beyond";
  }
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
