// Reads what stands inside an action: `$x := function argument (nested) | function`.
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Command, Name, Operand, Pipeline } from "./ast.ts";
import { parseCharacter, parseNumber, parseRawString, parseString } from "./literal.ts";
import { quoteShort } from "./problem.ts";
import { keywords, type Token, type TokenKind } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";
import type { TemplateValue } from "./value.ts";

/** pipeline = [ declaration ] command { "|" command }, ended by `}}` or by `)` */
export function parsePipeline(reader: TokenReader, head: string, end: "close" | "right-paren"): Pipeline {
  const start = reader.peekPastSpace().start;
  const { variables, assigns } = parseDeclaration(reader, head);
  const commands: Command[] = [];
  for (;;) {
    const token = reader.peekPastSpace();
    if (token.kind === end) {
      if (commands.length === 0) {
        failMissing(reader, head, token);
      }
      const pipeline = { start, end: token.start, variables, assigns, commands };
      reader.next();
      return pipeline;
    }
    if (commands.length > 0) {
      reader.expect("pipe", "| or }}");
      // As Go: a | with nothing behind it is let through.
      if (reader.peekPastSpace().kind === end) {
        continue;
      }
    }
    commands.push(parseCommand(reader, commands.length > 0));
  }
}

function failMissing(reader: TokenReader, head: string, token: Token): never {
  const message = head === "action" ? "This action is empty" : `A value is missing in ${head}`;
  return reader.failAt(token, "gotemplate/missing-value", message);
}

/** declaration = variable [ "," variable ] ( ":=" | "=" ); two variables only after `range` */
function parseDeclaration(reader: TokenReader, head: string): { variables: readonly Name[]; assigns: boolean } {
  const variables: Name[] = [];
  while (reader.peekPastSpace().kind === "variable") {
    const mark = reader.mark();
    const variable = reader.next();
    const next = reader.peekPastSpace();
    if (next.kind === "declare" || next.kind === "assign") {
      reader.next();
      variables.push(readName(variable));
      for (const one of variables) {
        reader.declare(one);
      }
      return { variables, assigns: next.kind === "assign" };
    }
    if (next.text !== "," || next.kind !== "other") {
      if (variables.length > 0) {
        reader.unexpected(next, ":=");
      }
      reader.reset(mark);
      return { variables: [], assigns: false };
    }
    if (head !== "range" || variables.length > 0) {
      reader.unexpected(next, head === "range" ? ":=" : "one variable only");
    }
    reader.next();
    variables.push(readName(variable));
  }
  return variables.length === 0 ? { variables, assigns: false } : reader.unexpected(reader.peek(), "a variable");
}

function readName(token: Token): Name {
  return { name: token.text, start: token.start, end: token.end };
}

/** command = operand { blank operand } */
function parseCommand(reader: TokenReader, receives: boolean): Command {
  const first = parseOperand(reader);
  if (receives && ["literal", "dot", "nil"].includes(first.kind)) {
    reader.failAt(first, "gotemplate/not-a-function", "Only a function can stand after |");
  }
  const operands: [Operand, ...Operand[]] = [first];
  while (reader.peek().kind === "space") {
    if (["close", "right-paren", "pipe"].includes(reader.peekPastSpace().kind)) {
      break;
    }
    operands.push(parseOperand(reader));
  }
  const next = reader.peek();
  if (!["close", "right-paren", "pipe"].includes(next.kind)) {
    reader.unexpected(next, "| or }}");
  }
  return { start: first.start, end: operands.at(-1)?.end ?? first.end, operands };
}

/** operand = term { "." name } */
function parseOperand(reader: TokenReader): Operand {
  const term = parseTerm(reader);
  const fields: Name[] = [];
  while (reader.peek().kind === "field") {
    fields.push(readField(reader.next()));
  }
  const last = fields.at(-1);
  if (last === undefined) {
    return term;
  }
  const span = { start: term.start, end: last.end };
  switch (term.kind) {
    case "field":
    case "variable":
      return { ...term, ...span, fields: [...term.fields, ...fields] };
    case "function":
    case "group":
      return { kind: "chain", ...span, base: term, fields };
    default:
      return reader.failAt(
        span,
        "gotemplate/unexpected",
        `${quoteShort(`.${last.name}`)} cannot follow a value that has no fields`,
      );
  }
}

function readField(token: Token): Name {
  return { name: token.text.slice(1), start: token.start, end: token.end };
}

/** term = literal | "." | "nil" | field | variable | function | "(" pipeline ")" */
function parseTerm(reader: TokenReader): Operand {
  const token = reader.peekPastSpace();
  const span = { start: token.start, end: token.end };
  switch (token.kind) {
    case "dot":
      reader.next();
      return { kind: "dot", ...span };
    case "field":
      reader.next();
      return { kind: "field", ...span, fields: [readField(token)] };
    case "variable":
      return parseVariable(reader, token);
    case "identifier":
      return parseFunction(reader, token);
    case "left-paren":
      return parseGroup(reader, token);
    case "keyword":
      if (token.text !== "nil") {
        return reader.unexpected(token, "a value");
      }
      reader.next();
      return { kind: "nil", ...span };
    default:
      return { kind: "literal", ...span, value: parseLiteral(reader, token) };
  }
}

function parseVariable(reader: TokenReader, token: Token): Operand {
  if (!reader.variables.includes(token.text)) {
    const meant = didYouMean(token.text, reader.variables);
    const hint =
      meant === undefined || meant === "$" ? `declare it with ${token.text} := value` : `did you mean "${meant}"?`;
    reader.note(token, "gotemplate/unknown-variable", `There is no variable "${token.text}" here`, hint);
  }
  reader.next();
  return { kind: "variable", start: token.start, end: token.end, name: token.text, fields: [] };
}

function parseFunction(reader: TokenReader, token: Token): Operand {
  const { functions } = reader;
  if (functions !== undefined && !functions.has(token.text)) {
    const message = `There is no function "${token.text}"`;
    reader.note(token, "gotemplate/unknown-function", message, unknownFunctionHint(reader, token.text));
  }
  reader.next();
  return { kind: "function", start: token.start, end: token.end, name: token.text };
}

/** How other template languages say it, and how this one does. */
const otherLanguages: Readonly<Record<string, string>> = {
  elif: "else if",
  elseif: "else if",
  endif: "end",
  endfor: "end",
  for: "range",
};
const notBeforeArgument: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "open",
  "pipe",
  "left-paren",
  "declare",
  "assign",
  "keyword",
]);

function unknownFunctionHint(reader: TokenReader, name: string): string {
  const before = reader.beforeSpace();
  const startsAction = before?.kind === "open";
  if (startsAction && Object.hasOwn(otherLanguages, name)) {
    return `write ${otherLanguages[name]}`;
  }
  if (before?.kind === "dot") {
    return `leave out the blank: .${name}`;
  }
  const meant = didYouMean(name, [...(reader.functions ?? []), ...(startsAction ? keywords : [])]);
  if (meant !== undefined) {
    return `did you mean "${meant}"?`;
  }
  if (before !== undefined && !notBeforeArgument.has(before.kind)) {
    return `a text is written in backquotes: \`${name}\``;
  }
  return `a value of the template is written with a dot: .${name}`;
}

function parseGroup(reader: TokenReader, token: Token): Operand {
  reader.next();
  const pipeline = reader.nested(token, () => parsePipeline(reader, "parentheses", "right-paren"));
  return { kind: "group", start: token.start, end: reader.previous()?.end ?? token.end, pipeline };
}

function parseLiteral(reader: TokenReader, token: Token): TemplateValue {
  switch (token.kind) {
    case "bool":
      reader.next();
      return token.text === "true";
    case "raw-string":
      reader.next();
      return parseRawString(token.text);
    case "string":
      reader.next();
      return (
        parseString(token.text) ??
        failAt(reader, token, `The text ${token.text} has an escape that does not exist`, "write \\\\ for one \\")
      );
    case "character":
      reader.next();
      return (
        parseCharacter(token.text) ??
        failAt(reader, token, `${token.text} is not one character`, "a text is written in backquotes or double quotes")
      );
    case "number":
      return parseNumeral(reader, token);
    default:
      return reader.unexpected(token, "a value");
  }
}

function parseNumeral(reader: TokenReader, token: Token): TemplateValue {
  reader.next();
  const number = parseNumber(token.text);
  return "wrong" in number ? failAt(reader, token, number.wrong) : number.value;
}

/** Notes a malformed literal; reading goes on with some value. */
function failAt(reader: TokenReader, token: Token, message: string, hint?: string): TemplateValue {
  reader.note(token, "gotemplate/invalid-literal", message, hint);
  return "";
}
