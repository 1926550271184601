// Reads a template's actions into a tree. After a mistake it goes on with the next action.
import type { BranchNode, Node, Pipeline, Template } from "./ast.ts";
import { splitTokens } from "./lexer.ts";
import { parseRawString, parseString } from "./literal.ts";
import { parsePipeline } from "./pipeline-parser.ts";
import type { TemplateProblem } from "./problem.ts";
import type { Token } from "./token.ts";
import { ActionBroken, ReadingEnded, TokenReader } from "./token-reader.ts";

/** The name under which a template can call itself. */
const rootName = "root";

/** The tree of a text that has actions, with all that is wrong in it. */
export function parseText(
  text: string,
  functions: ReadonlySet<string> | undefined,
): { template: Template; problems: readonly TemplateProblem[] } {
  return new Parser(text, functions).run();
}

/** How a list of nodes ended: by which token, and for `else` what follows it. */
interface ListEnd {
  readonly nodes: readonly Node[];
  readonly by: "end" | "else" | "end-of-text";
  readonly token: Token;
}

class Parser {
  readonly #text: string;
  readonly #reader: TokenReader;
  readonly #defined = new Map<string, readonly Node[]>();
  #rangeDepth = 0;
  /** True once an action could not be understood at all: it may have been the start of a block. */
  #lostAction = false;

  constructor(text: string, functions: ReadonlySet<string> | undefined) {
    this.#text = text;
    this.#reader = new TokenReader(splitTokens(text), functions);
  }

  run(): { template: Template; problems: readonly TemplateProblem[] } {
    let nodes: readonly Node[] = [];
    try {
      nodes = this.#parseRoot();
    } catch (thrown) {
      if (!(thrown instanceof ReadingEnded)) {
        throw thrown;
      }
    }
    const problems = [...this.#reader.problems].sort((a, b) => a.offset - b.offset);
    return { template: { text: this.#text, nodes, defined: this.#defined }, problems };
  }

  /** template = { text | definition | action }; what is outside of all definitions is a template too */
  #parseRoot(): readonly Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const list = this.#parseList(true);
      append(nodes, list.nodes);
      if (list.by === "end-of-text") {
        break;
      }
      this.#misplaced(list.token, list.by);
    }
    if (!this.#defined.has(rootName) || !isEmpty(nodes)) {
      this.#define(rootName, nodes, { start: 0, end: 0 });
    }
    return this.#defined.get(rootName) ?? nodes;
  }

  #misplaced(token: Token, word: "end" | "else"): void {
    if (!this.#lostAction) {
      const message = word === "end" ? "This {{end}} closes nothing" : "This {{else}} belongs to no if, range or with";
      this.#reader.note(token, "gotemplate/misplaced", message);
    }
    if (word === "else") {
      this.#reader.skipAction();
    }
  }

  /** list = { text | action }, up to `{{end}}`, `{{else` or the end of the text */
  #parseList(atTop: boolean): ListEnd {
    const reader = this.#reader;
    const nodes: Node[] = [];
    for (;;) {
      const token = reader.next();
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text, start: token.start, end: token.end });
      } else if (token.kind === "open") {
        const word = this.#keyword();
        if (word?.text === "end" || word?.text === "else") {
          return this.#listEnd(nodes, word.text, word);
        }
        this.#recovering(() => this.#parseAction(nodes, token, word, atTop));
      } else {
        return { nodes, by: "end-of-text", token };
      }
    }
  }

  /** Takes `end` or `else`, and after `end` also the action's close. */
  #listEnd(nodes: readonly Node[], by: "end" | "else", token: Token): ListEnd {
    this.#reader.next();
    if (by === "end") {
      this.#recovering(() => this.#reader.expect("close", "}}"));
    }
    return { nodes, by, token };
  }

  /** Runs `parse`; when the action is broken, goes behind it. */
  #recovering(parse: () => void): void {
    try {
      parse();
    } catch (thrown) {
      if (!(thrown instanceof ActionBroken)) {
        throw thrown;
      }
      this.#reader.skipAction();
    }
  }

  #keyword(): Token | undefined {
    const token = this.#reader.peekPastSpace();
    if (token.kind === "broken") {
      this.#lostAction = true;
    }
    return token.kind === "keyword" ? token : undefined;
  }

  #parseAction(nodes: Node[], open: Token, word: Token | undefined, atTop: boolean): void {
    switch (word?.text) {
      case "if":
      case "range":
      case "with":
        nodes.push(this.#parseBranch(open, word.text, word));
        return;
      case "break":
      case "continue":
        nodes.push(this.#parseJump(open, word.text));
        return;
      case "template":
        nodes.push(this.#parseTemplateCall(open));
        return;
      case "block":
        nodes.push(this.#parseBlock(open, word));
        return;
      case "define":
        this.#parseDefinition(open, word, atTop);
        return;
    }
    const pipeline = parsePipeline(this.#reader, "action", "close");
    nodes.push({ kind: "action", start: open.start, end: this.#lastEnd(), pipeline });
  }

  #lastEnd(): number {
    return this.#reader.previous()?.end ?? 0;
  }

  /** branch = ( "if" | "range" | "with" ) pipeline list [ "else" [ branch ] list ] "end"; the variables live until its end */
  #parseBranch(open: Token, kind: BranchNode["kind"], word: Token): Node {
    return this.#reader.nested(word, () => {
      this.#reader.next();
      const known = this.#reader.variables.length;
      const pipeline = this.#parseHeadPipeline(kind, word);
      const branch = this.#parseBranchBodies(open, kind, word, pipeline);
      this.#reader.variables.length = known;
      return branch;
    });
  }

  /** A broken head still opens its block, so that its `{{end}}` is not taken for a mistake. */
  #parseHeadPipeline(where: string, word: Token): Pipeline {
    let pipeline: Pipeline = { start: word.start, end: word.end, variables: [], assigns: false, commands: [] };
    this.#recovering(() => {
      pipeline = parsePipeline(this.#reader, where, "close");
    });
    return pipeline;
  }

  #parseBranchBodies(open: Token, kind: BranchNode["kind"], word: Token, pipeline: Pipeline): Node {
    if (kind === "range") {
      this.#rangeDepth++;
    }
    const body = this.#parseList(false);
    if (kind === "range") {
      this.#rangeDepth--;
    }
    const otherwise = body.by === "else" ? this.#parseElse(open, kind, word) : [];
    if (body.by === "end-of-text") {
      this.#unclosed(open, kind);
    }
    return { kind, start: open.start, end: this.#lastEnd(), pipeline, body: body.nodes, otherwise };
  }

  /** After `else`: either a branch of the same kind that shares the `{{end}}`, or a list with its own. */
  #parseElse(open: Token, kind: BranchNode["kind"], word: Token): readonly Node[] {
    const reader = this.#reader;
    const next = reader.peekPastSpace();
    if (next.kind === "keyword" && next.text === kind && kind !== "range") {
      return [this.#parseBranch(open, kind, next)];
    }
    this.#recovering(() => reader.expect("close", kind === "range" ? "}}" : `}} or ${kind}`));
    const nodes: Node[] = [];
    for (;;) {
      const list = this.#parseList(false);
      append(nodes, list.nodes);
      if (list.by === "end") {
        return nodes;
      }
      if (list.by === "end-of-text") {
        this.#unclosed(open, word.text);
        return nodes;
      }
      reader.note(list.token, "gotemplate/misplaced", `This ${kind} already has an {{else}}`);
      reader.skipAction();
    }
  }

  #unclosed(open: Token, kind: string): void {
    const span = { start: open.start, end: open.start + 2 };
    const hint = `add {{end}} where the ${kind} ends`;
    if (
      this.#reader.problems.some(
        (problem) => problem.code === "gotemplate/unclosed-block" && problem.offset === open.start,
      )
    ) {
      return;
    }
    this.#reader.note(span, "gotemplate/unclosed-block", `This ${kind} has no {{end}}`, hint);
  }

  /** jump = "break" | "continue" */
  #parseJump(open: Token, kind: "break" | "continue"): Node {
    const word = this.#reader.next();
    if (this.#rangeDepth === 0) {
      this.#reader.note(word, "gotemplate/misplaced", `{{${kind}}} stands outside of a range`);
    }
    this.#reader.expect("close", "}}");
    return { kind, start: open.start, end: this.#lastEnd() };
  }

  /** template call = "template" name [ pipeline ] */
  #parseTemplateCall(open: Token): Node {
    this.#reader.next();
    const { name } = this.#parseName();
    const next = this.#reader.peekPastSpace();
    if (next.kind === "close") {
      this.#reader.next();
    }
    const pipeline = next.kind === "close" ? undefined : parsePipeline(this.#reader, "template", "close");
    return { kind: "template", start: open.start, end: this.#lastEnd(), name, pipeline };
  }

  #parseName(): { name: string; token: Token } {
    const token = this.#reader.peekPastSpace();
    const name = readName(token);
    if (name === undefined) {
      return this.#reader.unexpected(token, "a quoted name");
    }
    this.#reader.next();
    return { name, token };
  }

  /** block = "block" name pipeline list "end": defines a template and calls it */
  #parseBlock(open: Token, word: Token): Node {
    this.#reader.next();
    let head: { name: string; token: Token } | undefined;
    let pipeline: Pipeline | undefined;
    this.#recovering(() => {
      head = this.#parseName();
      pipeline = parsePipeline(this.#reader, "block", "close");
    });
    const { name, token } = head ?? { name: "", token: word };
    this.#parseDefinedBody(open, "block", name, token);
    return { kind: "template", start: open.start, end: this.#lastEnd(), name, pipeline };
  }

  /** definition = "define" name list "end"; only outside of everything else */
  #parseDefinition(open: Token, word: Token, atTop: boolean): void {
    this.#reader.next();
    if (!atTop) {
      this.#reader.note(word, "gotemplate/misplaced", "A define cannot stand inside another block");
    }
    let head = { name: "", token: word };
    this.#recovering(() => {
      head = this.#parseName();
      this.#reader.expect("close", "}}");
    });
    this.#parseDefinedBody(open, "define", head.name, head.token);
  }

  /** The body of a template of its own: it sees no variables and no range from outside. */
  #parseDefinedBody(open: Token, kind: string, name: string, at: Token): void {
    const reader = this.#reader;
    const outside = { variables: reader.variables, rangeDepth: this.#rangeDepth };
    reader.variables = ["$"];
    this.#rangeDepth = 0;
    const nodes = reader.nested(at, () => this.#parseClosedList(open, kind));
    reader.variables = outside.variables;
    this.#rangeDepth = outside.rangeDepth;
    this.#define(name, nodes, at);
  }

  #parseClosedList(open: Token, kind: string): readonly Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const list = this.#parseList(false);
      append(nodes, list.nodes);
      if (list.by === "end") {
        return nodes;
      }
      if (list.by === "end-of-text") {
        this.#unclosed(open, kind);
        return nodes;
      }
      this.#misplaced(list.token, "else");
    }
  }

  /** The first definition that is not empty counts; a second one is a mistake. */
  #define(name: string, nodes: readonly Node[], at: { start: number; end: number }): void {
    const before = this.#defined.get(name);
    if (before === undefined || isEmpty(before)) {
      this.#defined.set(name, nodes);
    } else if (!isEmpty(nodes)) {
      this.#reader.note(at, "gotemplate/duplicate-template", `The template "${name}" is defined twice`);
    }
  }
}

/** True when nothing but blanks would come out. */
function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}

/** Adds nodes one by one: there may be more than a call can take as arguments. */
function append(nodes: Node[], more: readonly Node[]): void {
  for (const node of more) {
    nodes.push(node);
  }
}

function readName(token: Token): string | undefined {
  if (token.kind === "string") {
    return parseString(token.text);
  }
  return token.kind === "raw-string" ? parseRawString(token.text) : undefined;
}
