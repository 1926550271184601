// Reads the native syntax: whole files, single expressions and templates.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Expression } from "./ast.ts";
import { BodyParser } from "./body-parser.ts";
import { describe } from "./brackets.ts";
import { ExpressionParser } from "./expression-parser.ts";
import { tokenize } from "./lexer.ts";
import { maxTextLength } from "./limits.ts";
import type { NativeBody } from "./native-body.ts";
import { Source } from "./source.ts";
import { readTemplate } from "./template-parser.ts";
import { TokenReader } from "./token-reader.ts";

/** Reads a file. The body holds everything that could be read. */
export function parseConfig(
  text: string,
  filename: string,
): { readonly body: NativeBody; readonly source: Source; readonly diagnostics: readonly Diagnostic[] } {
  const { source, tooLarge } = openSource(text, filename);
  const reader = new TokenReader(source, tokenize(source.text), { newlinesCount: true, diagnostics: tooLarge });
  const body = new BodyParser(reader).file();
  return { body, source, diagnostics: reader.diagnostics };
}

/** Reads a text that is one expression. */
export function parseExpression(
  text: string | Source,
  filename = "<expression>",
): { readonly expression: Expression; readonly diagnostics: readonly Diagnostic[] } {
  const { source, tooLarge } = openSource(text, filename);
  const reader = new TokenReader(source, tokenize(source.text), { newlinesCount: false, diagnostics: tooLarge });
  const expression = new ExpressionParser(reader).expression();
  const next = reader.peek();
  if (next.type !== "end") {
    reader.complain(reader.spanOf(next), {
      code: "hcl/unexpected-token",
      summary: "Extra characters after expression",
      detail: `An expression ended before this, and nothing more was expected, but there is ${describe(next, reader.text(next))}.`,
    });
  }
  return { expression, diagnostics: reader.diagnostics };
}

/** Reads a text as the inside of a template, without quotes and without backslash escapes. */
export function parseTemplate(
  text: string | Source,
  filename = "<template>",
): { readonly expression: Expression; readonly diagnostics: readonly Diagnostic[] } {
  const { source, tooLarge } = openSource(text, filename);
  const reader = new TokenReader(source, tokenize(source.text, "template"), {
    newlinesCount: false,
    diagnostics: tooLarge,
  });
  const content = readTemplate(reader, { quoted: false, flush: false }, new ExpressionParser(reader).expression);
  const range = source.span(0, source.text.length);
  return { expression: { kind: "template", ...content, range }, diagnostics: reader.diagnostics };
}

function openSource(text: string | Source, filename: string): { source: Source; tooLarge: Diagnostic[] } {
  const source = typeof text === "string" ? new Source(text, filename) : text;
  if (source.text.length <= maxTextLength) {
    return { source, tooLarge: [] };
  }
  const diagnostic: Diagnostic = {
    code: "hcl/too-large",
    severity: "error",
    summary: "File too large",
    detail: `No more than ${maxTextLength} characters are read, and this has ${source.text.length}.`,
    subject: {
      filename: source.filename,
      start: { line: 1, column: 1, offset: 0 },
      end: { line: 1, column: 1, offset: 0 },
    },
  };
  return { source: new Source("", source.filename), tooLarge: [diagnostic] };
}
