// Reads attributes and blocks of the native syntax.
import type { Attribute } from "./ast.ts";
import { placeText } from "./body.ts";
import { describe, unclosedComment } from "./brackets.ts";
import { ExpressionParser } from "./expression-parser.ts";
import type { NativeBlock } from "./native-body.ts";
import { NativeBody } from "./native-body.ts";
import type { Span } from "./source.ts";
import { decodeTemplateText } from "./template-text.ts";
import type { Token } from "./token.ts";
import { isOpening, type TokenReader } from "./token-reader.ts";

interface Items {
  readonly attributes: Map<string, Attribute>;
  readonly blocks: NativeBlock[];
}

interface Label {
  readonly text: string;
  readonly range: Span;
}

/** A block whose inside is being read. */
interface OpenBlock {
  readonly brace: Token;
  readonly indentation: number;
}

/** Reads the structure of a file. */
export class BodyParser {
  readonly #reader: TokenReader;
  readonly #expressions: ExpressionParser;
  /** The block that seems not to have been closed, judged by indentation. */
  #suspect: OpenBlock | undefined;
  #reportedUnclosed = false;
  #openBlocks = 0;
  /** In what was meant as a single-line block a brace may follow an argument; that it spans lines is reported already. */
  #braceEndsLine = false;

  constructor(reader: TokenReader) {
    this.#reader = reader;
    this.#expressions = new ExpressionParser(reader);
  }

  /** File = { Attribute | Block | newline } */
  file(): NativeBody {
    const items = this.#items();
    for (let stray = this.#reader.accept("}"); stray !== undefined; stray = this.#reader.accept("}")) {
      this.#reader.complain(this.#reader.spanOf(stray), {
        code: "hcl/unexpected-token",
        summary: "Unexpected closing brace",
        detail: "There is no block that this brace could close.",
      });
      this.#items(undefined, items);
    }
    const { source } = this.#reader;
    return new NativeBody({
      ...items,
      range: source.span(0, source.text.length),
      missingItemRange: source.span(source.text.length, source.text.length),
    });
  }

  /** Reads up to a closing brace that belongs to someone else, or to the end. */
  #items(within?: OpenBlock, items: Items = { attributes: new Map(), blocks: [] }): Items {
    for (;;) {
      const token = this.#reader.peek();
      if (token.type === "end" || token.type === "}") {
        return items;
      }
      if (token.type === "newline") {
        this.#reader.take();
      } else {
        if (
          within !== undefined &&
          this.#suspect === undefined &&
          this.#reader.startsLine() &&
          this.#indentation(token) <= within.indentation
        ) {
          this.#suspect = within;
        }
        this.#item(items);
        this.#recover();
      }
    }
  }

  #indentation(token: Token): number {
    return token.from - (this.#reader.source.text.lastIndexOf("\n", token.from - 1) + 1);
  }

  #recover(): void {
    if (!this.#reader.recovering) {
      return;
    }
    this.#reader.skipLine();
    this.#reader.recovering = false;
  }

  /** Item = Identifier ( "=" Expression | { Label } "{" Body "}" ) newline */
  #item(items: Items): void {
    const token = this.#reader.peek();
    if (token.type !== "identifier") {
      this.#notAnItem(token);
      return;
    }
    const name = this.#reader.take();
    const next = this.#reader.peek();
    if (next.type === "=") {
      this.#attribute(name, items);
    } else if (next.type === "{" || next.type === "open-quote" || next.type === "identifier") {
      this.#block(name, items);
    } else {
      this.#unfinishedItem(name, next);
    }
  }

  #unfinishedItem(name: Token, next: Token): void {
    this.#reader.fail(this.#reader.source.span(name.from, name.to), {
      code: "hcl/invalid-item",
      summary: "Argument or block definition required",
      detail: `After "${this.#reader.text(name)}" either an equals sign and a value, or a block, was expected, but there is ${describe(next, this.#reader.text(next))}.`,
      hint: next.type === ":" ? `write an equals sign: ${this.#reader.text(name)} = …` : undefined,
    });
  }

  #notAnItem(token: Token): void {
    const text = this.#reader.text(token);
    if (token.type === "invalid" && text.startsWith("/*")) {
      this.#reader.take();
      this.#reader.complain(this.#reader.source.span(token.from, token.from + 2), unclosedComment);
    } else if (token.type === "open-quote") {
      const quoted = this.#expressions.quoted();
      this.#reader.fail(quoted.range, {
        code: "hcl/quoted-name",
        summary: "Invalid argument name",
        detail: "Names of arguments and types of blocks are written without quotes.",
      });
    } else {
      const isInvalid = token.type === "invalid";
      this.#reader.fail(this.#reader.spanOf(token), {
        code: isInvalid ? "hcl/invalid-character" : "hcl/invalid-item",
        summary: isInvalid ? "Invalid character" : "Argument or block definition required",
        detail: `The name of an argument or the type of a block was expected here, but there is ${describe(token, text)}.`,
      });
      if (!isOpening(token.type)) {
        this.#reader.take();
      }
    }
  }

  /** Attribute = Identifier "=" Expression */
  #attribute(name: Token, items: Items): void {
    this.#define(name, items);
    if (!this.#reader.recovering) {
      this.#endOfItem("argument");
    }
  }

  #define(name: Token, items: Items): void {
    this.#reader.take();
    const expression = this.#expressions.expression();
    const nameRange = this.#reader.spanOf(name);
    const attribute: Attribute = {
      name: nameRange.text.normalize("NFC"),
      nameRange,
      range: nameRange.through(expression.range),
      expression,
    };
    const earlier = items.attributes.get(attribute.name);
    if (earlier === undefined) {
      items.attributes.set(attribute.name, attribute);
    } else {
      this.#reader.complain(nameRange, {
        code: "hcl/duplicate-argument",
        summary: "Argument redefined",
        detail: `The argument "${attribute.name}" was already set at ${placeText(earlier.nameRange)}. Each argument may be set only once.`,
      });
    }
  }

  #endOfItem(what: "argument" | "block definition"): void {
    const token = this.#reader.peek();
    if (token.type === "newline" || token.type === "end") {
      return;
    }
    // Outside of blocks the brace itself is reported.
    if (token.type === "}" && (this.#braceEndsLine || this.#openBlocks === 0)) {
      return;
    }
    if (token.type === "invalid" && this.#reader.text(token).startsWith("/*")) {
      return;
    }
    const isComma = token.type === ",";
    this.#reader.fail(this.#reader.spanOf(token), {
      code: "hcl/missing-newline",
      summary: `Missing newline after ${what}`,
      detail: `A line must end after ${what === "argument" ? "an argument" : "a block"}, but there is ${describe(token, this.#reader.text(token))}.`,
      hint: isComma ? "put each argument on a line of its own, without commas" : undefined,
    });
  }

  /** Block = Identifier { String | Identifier } "{" Body "}" */
  #block(type: Token, items: Items): void {
    const labels: Label[] = [];
    for (;;) {
      const next = this.#reader.peek();
      if (next.type === "{") {
        break;
      }
      if (next.type === "identifier") {
        labels.push(this.#bareLabel(this.#reader.take()));
      } else if (next.type === "open-quote") {
        labels.push(this.#quotedLabel(this.#reader.take()));
      } else if (next.type === "newline" && this.#reader.peekSecond().type === "{") {
        this.#braceOnNextLine(type);
      } else {
        this.#badHeader(type, next);
      }
      if (this.#reader.recovering) {
        return;
      }
    }
    const brace = this.#reader.take();
    this.#openBlocks += 1;
    const body = this.#reader.nested(() => this.#blockBody(type, brace));
    this.#openBlocks -= 1;
    if (body === undefined) {
      return;
    }
    const typeRange = this.#reader.spanOf(type);
    items.blocks.push({
      type: typeRange.text.normalize("NFC"),
      labels: labels.map(({ text }) => text),
      body,
      typeRange,
      labelRanges: labels.map(({ range }) => range),
      headerRange: typeRange.through(labels[labels.length - 1]?.range ?? typeRange),
      openRange: this.#reader.spanOf(brace),
      closeRange: body.missingItemRange,
      range: typeRange.through(body.range),
    });
    if (!this.#reader.recovering) {
      this.#endOfItem("block definition");
    }
  }

  #braceOnNextLine(type: Token): void {
    const lineBreak = this.#reader.take();
    this.#reader.complain(this.#reader.spanOf(lineBreak), {
      code: "hcl/invalid-block",
      summary: "Invalid block definition",
      detail: "The opening brace of a block must be on the line of its type and labels.",
      context: this.#reader.source.span(type.from, this.#reader.peek().to),
    });
  }

  #badHeader(type: Token, next: Token): void {
    const isEquals = next.type === "=";
    this.#reader.fail(this.#reader.spanOf(next), {
      code: "hcl/invalid-block",
      summary: "Invalid block definition",
      detail: isEquals
        ? "An equals sign belongs to an argument, whose name has no labels."
        : `A block has a type, labels, and an opening brace on the same line, but there is ${describe(next, this.#reader.text(next))}.`,
      context: this.#reader.source.span(type.from, next.to),
    });
  }

  #bareLabel(token: Token): Label {
    return { text: this.#reader.text(token).normalize("NFC"), range: this.#reader.spanOf(token) };
  }

  /** A label is a string without sequences. */
  #quotedLabel(open: Token): Label {
    let text = "";
    for (;;) {
      const token = this.#reader.take();
      const { source } = this.#reader;
      if (token.type === "close-quote") {
        return { text: text.normalize("NFC"), range: source.span(open.from, token.to) };
      }
      if (token.type === "quoted-text") {
        text += this.#labelText(token);
      } else if (token.type === "missing-quote" || token.type === "end") {
        this.#reader.fail(this.#reader.spanOf(open), {
          code: "hcl/unclosed-string",
          summary: "Unclosed string",
          detail: "There is no closing quote for this label on its line.",
          context: source.span(open.from, token.to),
        });
        return { text, range: source.span(open.from, token.to) };
      } else {
        this.#sequenceInLabel(token);
      }
    }
  }

  #sequenceInLabel(open: Token): void {
    const sign = this.#reader.text(open).slice(0, 2);
    this.#reader.complain(this.#reader.spanOf(open), {
      code: "hcl/invalid-label",
      summary: "Invalid label",
      detail: "Template sequences are not allowed in the label of a block.",
      hint: `write "${sign.charAt(0)}${sign}" if the characters themselves are meant`,
    });
    const close = this.#reader.skipPast("close-sequence");
    if (close.type === "missing-brace") {
      this.#reader.take();
    }
  }

  #labelText(token: Token): string {
    return decodeTemplateText(this.#reader.text(token), true, ({ from, to, summary, detail }) => {
      this.#reader.complain(this.#reader.source.span(token.from + from, token.from + to), {
        code: "hcl/invalid-escape",
        summary,
        detail,
      });
    });
  }

  #blockBody(type: Token, brace: Token): NativeBody {
    const open: OpenBlock = { brace, indentation: this.#indentation(type) };
    const items: Items = { attributes: new Map(), blocks: [] };
    const next = this.#reader.peek();
    if (next.type !== "newline" && next.type !== "}" && next.type !== "end") {
      this.#singleLine(brace, items);
    } else {
      this.#items(open, items);
    }
    const close = this.#reader.accept("}");
    if (close === undefined && !this.#reader.recovering) {
      this.#unclosedBlock(this.#suspect ?? open);
    }
    const end = close ?? { from: this.#reader.previousEnd(), to: this.#reader.previousEnd() };
    const { source } = this.#reader;
    return new NativeBody({
      ...items,
      range: source.span(brace.from, end.to),
      missingItemRange: source.span(end.from, end.to),
    });
  }

  /** The inside of `type { name = value }`, up to the closing brace. */
  #singleLine(brace: Token, items: Items): void {
    this.#onlyArgument(brace, items);
    const after = this.#reader.peek();
    if (after.type === "}" || after.type === "end") {
      return;
    }
    if (after.type === "newline" && !this.#reader.recovering) {
      this.#closedTooLate(after, brace, items);
      return;
    }
    if (after.type === ",") {
      this.#singleLineProblem(
        this.#reader.spanOf(after),
        "Only one argument is allowed in a block on a single line.",
        brace,
      );
    } else if (!this.#reader.recovering) {
      this.#singleLineProblem(
        this.#reader.spanOf(after),
        `A closing brace was expected here, but there is ${describe(after, this.#reader.text(after))}.`,
        brace,
      );
    }
    this.#reader.skipLine();
    if (this.#reader.peek().type === "newline") {
      this.#items(undefined, items);
    }
    this.#reader.recovering = false;
  }

  #onlyArgument(brace: Token, items: Items): void {
    const name = this.#reader.peek();
    const next = this.#reader.peekSecond();
    if (name.type === "identifier" && next.type === "=") {
      this.#define(this.#reader.take(), items);
    } else if (
      name.type === "identifier" &&
      (next.type === "{" || next.type === "open-quote" || next.type === "identifier")
    ) {
      this.#singleLineProblem(
        this.#reader.source.span(name.from, next.to),
        "A block on a single line cannot contain another block.",
        brace,
      );
    } else {
      this.#item(items);
    }
  }

  /** A block that began on a single line and goes on in the next ones. */
  #closedTooLate(newline: Token, brace: Token, items: Items): void {
    this.#singleLineProblem(
      this.#reader.spanOf(newline),
      "The closing brace of a block on a single line must be on the same line.",
      brace,
    );
    this.#reader.recovering = false;
    this.#braceEndsLine = true;
    this.#items(undefined, items);
    this.#braceEndsLine = false;
  }

  #singleLineProblem(at: Span, detail: string, brace: Token): void {
    this.#reader.fail(at, {
      code: "hcl/single-line-block",
      summary: "Invalid single-line block definition",
      detail,
      hint: "put the contents and the closing brace on lines of their own",
      context: this.#reader.source.span(brace.from, at.to),
    });
  }

  #unclosedBlock({ brace }: OpenBlock): void {
    const swallowed = this.#reader.diagnostics.some(
      ({ code }) => code === "hcl/unclosed-heredoc" || code === "hcl/unclosed-comment",
    );
    if (this.#reportedUnclosed || swallowed) {
      return;
    }
    this.#reportedUnclosed = true;
    this.#reader.complain(this.#reader.spanOf(brace), {
      code: "hcl/unclosed-brace",
      summary: "Unclosed block",
      detail: "There is no closing brace for this block before the end of the file.",
    });
  }
}
