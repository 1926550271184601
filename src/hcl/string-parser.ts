// Reads strings in quotes and heredocs.
import type { Expression } from "./ast.ts";
import { readTemplate } from "./template-parser.ts";
import type { Token } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

/** How far the end of a heredoc that does not begin well is looked for. */
const searchLength = 100_000;

/** Reads strings, which are templates. */
export class StringParser {
  readonly #reader: TokenReader;
  readonly #readExpression: () => Expression;

  constructor(reader: TokenReader, readExpression: () => Expression) {
    this.#reader = reader;
    this.#readExpression = readExpression;
  }

  /** Quoted = '"' { text | sequence } '"' */
  quoted(): Expression {
    const open = this.#reader.take();
    const content = readTemplate(this.#reader, { quoted: true, flush: false }, this.#readExpression);
    const close = this.#reader.peek();
    if (close.type === "missing-quote" && !this.#endsSequence(open, close)) {
      this.#unclosedQuote(open, close);
    }
    if (close.type === "missing-quote" || close.type === "close-quote") {
      this.#reader.take();
    }
    return { kind: "template", ...content, range: this.#reader.source.span(open.from, close.to) };
  }

  /** True for the last quote in `"${name"`: it was meant to close the string, and the brace is what is missing. */
  #endsSequence(open: Token, close: Token): boolean {
    return close.to === open.to && this.#reader.peekSecond().type === "missing-brace";
  }

  #unclosedQuote(open: Token, close: Token): void {
    this.#reader.fail(this.#reader.spanOf(open), {
      code: "hcl/unclosed-string",
      summary: "Unclosed string",
      detail: "There is no closing quote for this string on its line. A string in quotes cannot span lines.",
      hint: "close it with a quote, write \\n for a line break, or use a heredoc (<<EOT) for text of several lines",
      context: this.#reader.source.span(open.from, close.to),
    });
  }

  /** Heredoc = "<<" [ "-" ] Identifier newline { text | sequence } Identifier */
  heredoc(): Expression {
    const open = this.#reader.take();
    const flush = this.#reader.source.text.charCodeAt(open.from + 2) === 45;
    const content = readTemplate(this.#reader, { quoted: false, flush }, this.#readExpression);
    const close = this.#reader.peek();
    if (close.type === "missing-marker") {
      this.#unclosedHeredoc(open);
    }
    if (close.type === "missing-marker" || close.type === "close-heredoc") {
      this.#reader.take();
    }
    return { kind: "template", ...content, range: this.#reader.source.span(open.from, close.to) };
  }

  #unclosedHeredoc(open: Token): void {
    const marker = this.#reader.text(open).replace(/^<<-?/, "").trim();
    this.#reader.complain(this.#reader.source.span(open.from, open.from + this.#reader.text(open).trimEnd().length), {
      code: "hcl/unclosed-heredoc",
      summary: "Unclosed heredoc",
      detail: `The text ends without a line that holds only "${marker}".`,
      hint: this.#endsWithMarker(marker) ? "add a line break after the last line" : undefined,
    });
  }

  #endsWithMarker(marker: string): boolean {
    const { text } = this.#reader.source;
    return text.slice(text.lastIndexOf("\n") + 1).trim() === marker;
  }

  /** A heredoc whose first line is wrong; goes to its end if that can be found. */
  badHeredoc(token: Token): void {
    const { text } = this.#reader.source;
    this.#reader.fail(this.#reader.source.span(token.from, token.from + 2), {
      code: "hcl/invalid-heredoc",
      summary: "Invalid heredoc",
      detail:
        "A heredoc begins with << or <<- and a name without quotes or spaces, and then the line ends, as in <<EOT.",
    });
    const lineEnd = text.indexOf("\n", token.from);
    const marker = /^<<-?\s*["']?([\p{ID_Start}_][\p{ID_Continue}-]*)/u.exec(
      text.slice(token.from, lineEnd < 0 ? undefined : lineEnd),
    )?.[1];
    if (marker === undefined || lineEnd < 0) {
      return;
    }
    const following = text.slice(lineEnd + 1, lineEnd + 1 + searchLength);
    let end = lineEnd + 1;
    for (const line of following.split("\n")) {
      end += line.length;
      if (line.trim() === marker) {
        this.#reader.skipToOffset(end);
        return;
      }
      end += 1;
    }
  }
}
