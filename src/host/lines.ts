// Bytes in, lines of text out: no character is ever split, and no line but one that is far too long.
import { StringDecoder } from "node:string_decoder";
import type { LineCuts } from "./host.ts";

export interface LineReader {
  write(chunk: Uint8Array): void;
  /** Hands over what is left when the stream ends without a line end. */
  end(): void;
}

/** A line that does not end is handed over in pieces of about this many characters. */
const LONGEST = 1024 * 1024;
/** So many characters before that, a blank is looked for to cut at. */
const SEARCHED = 64 * 1024;

/** Where nothing is hidden. */
const ANYWHERE: LineCuts = { longest: 0, findCut: (_text, at) => at };

/** Calls `onLine` for every line of a byte stream as it is complete, without its `\n`. */
export function openLineReader(onLine: (line: string) => void, cuts: LineCuts = ANYWHERE): LineReader {
  const decoder = new StringDecoder("utf8");
  let rest: string[] = [];
  let size = 0;
  const keep = (text: string): void => {
    rest = text === "" ? [] : [text];
    size = text.length;
  };
  const add = (text: string): void => {
    if (text === "") {
      return;
    }
    rest.push(text);
    size += text.length;
    while (size > LONGEST + cuts.longest) {
      const whole = rest.join("");
      const at = cuts.findCut(whole, findPlaceToCut(whole));
      onLine(whole.slice(0, at));
      keep(whole.slice(at));
    }
  };
  const take = (text: string): void => {
    const lines = text.split("\n");
    const last = lines.pop() as string;
    for (const line of lines) {
      add(line);
      onLine(rest.join(""));
      keep("");
    }
    add(last);
  };
  return {
    write: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end() {
      take(decoder.end());
      if (size > 0) {
        onLine(rest.join(""));
      }
      keep("");
    },
  };
}

/** Behind a blank, so that no word and no secret comes apart; without one not between the halves of a character. */
function findPlaceToCut(text: string): number {
  for (let at = LONGEST; at > LONGEST - SEARCHED; at--) {
    if (/\s/.test(text.charAt(at - 1))) {
      return at;
    }
  }
  const isHalf = (text.charCodeAt(LONGEST - 1) & 0xfc00) === 0xd800;
  return isHalf ? LONGEST - 1 : LONGEST;
}
